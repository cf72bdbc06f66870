// Names and faces: who wrote something, and what an id is called.
import { el } from "./dom.js";

const SLACKBOT = "USLACKBOT";

/** Looks names up in the store at the moment of drawing. */
export function directory(store) {
  return {
    get me() {
      return store.me;
    },
    user: (id) => (id === store.workspace.bot.user_id ? { name: store.workspace.bot.name } : store.users.get(id)),
    group: (id) => store.groups.get(id),
    channel: (id) => store.channels.get(id),
  };
}

export function author(message, store) {
  const bot = store.workspace.bot;
  if (message.from === SLACKBOT || message.user === SLACKBOT) return { id: SLACKBOT, name: "Slackbot", app: false };
  if (message.bot_id || message.user === bot.user_id || message.ephemeral) {
    return { id: bot.user_id, name: message.username ?? bot.name ?? "App", app: true };
  }
  const user = store.users.get(message.user);
  return { id: message.user, name: user?.real_name ?? user?.name ?? message.user ?? "Somebody", app: false };
}

/** A rounded square: the app's picture, or a letter in a colour that belongs to the person. */
export function avatar(person, size = "") {
  const kind = `avatar ${size}`.trim();
  if (person.app) return el("img", { class: kind, src: "/page/milepost.svg", alt: "" });
  const tone = [...String(person.id)].reduce((sum, char) => sum + char.codePointAt(0), 0) % 5;
  return el("span", { class: `${kind} avatar-letter tone-${tone}`, "aria-hidden": "true" }, [...person.name][0]?.toUpperCase() ?? "?");
}
