// The App Home: what the app shows to this one person.
import { api } from "./api.js";
import { blockNode } from "./blocks.js";
import { el, reconcile } from "./dom.js";
import { tell } from "./toast.js";

export function homeTab(root, store, surface) {
  function draw() {
    const view = store.home;
    if (!view) {
      reconcile(root, [{ key: "none", sig: String(store.workspace.bot.connected), build: nothing }]);
      return;
    }
    const press = (action) => tell(() => api.press({ user: store.me, view_id: view.id, ...action }));
    const surroundings = { ...surface, press };
    reconcile(
      root,
      view.blocks.map((block, index) => ({
        key: `${index}:${block.type}`,
        sig: JSON.stringify([view.id, block]),
        build: () => blockNode(block, surroundings),
      })),
    );
  }

  function nothing() {
    const { name, connected } = store.workspace.bot;
    const words = connected ? `${name} has put nothing here so far.` : `${name} is not connected, so there is nothing to see here yet.`;
    return el("div", { class: "empty" }, words);
  }

  return { draw };
}
