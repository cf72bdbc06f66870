// Three commands for a first visit; a click puts one into the composer.
import { shortKey } from "./completion.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { remembered, remember } from "./memory.js";

/** The action that Milepost gives to the button which ends the following. */
const STOP = "card.stop";

export function tryThis(store, fill) {
  const chips = el("div", { class: "chips" });
  const close = el("button", { class: "chips-close", type: "button", "aria-label": "Hide “Try this”" }, icon("close", 16));
  const head = el("div", { class: "try-head" }, el("h3", {}, "Try this"), close);
  const node = el("section", { class: "try", "aria-label": "Try this" }, head, chips);
  close.addEventListener("click", () => {
    remember("try", "hidden");
    node.hidden = true;
  });
  node.hidden = remembered("try") === "hidden";

  function draw() {
    reconcile(
      chips,
      ideas(store).map(({ label, command }) => ({
        key: label.split(" ")[0],
        sig: label + command,
        build: () =>
          el(
            "button",
            { class: "chip", type: "button", title: command, data: { command, focus: label }, on: { click: () => fill(command) } },
            el("span", { class: "chip-label" }, label),
            el("code", {}, command),
          ),
      })),
    );
  }

  return { node, draw };
}

/** Three of: a task nobody here follows yet, the list, how the followed one stands, all commands. */
function ideas(store) {
  const alive = store.tasks().filter((task) => !task.terminal);
  const cards = liveCards(store);
  const isFollowed = (task) => cards.some((card) => card.includes(`\`${shortKey(task.key)}\``));
  const fresh = alive.find((task) => !isFollowed(task));
  const known = alive.find(isFollowed);
  const all = [
    fresh && { label: `Follow ${fresh.name}`, command: fresh.command },
    { label: "List what is followed here", command: "/milepost list" },
    known && { label: `Status of ${known.name}`, command: known.command.replace(" subscribe ", " status ") },
    { label: "Help with all commands", command: "/milepost help" },
    { label: "See the accounts", command: "/milepost accounts" },
  ];
  return all.filter(Boolean).slice(0, 3);
}

/** The cards of the channel that follow a task still: they offer to stop. What else names a task proves nothing. */
function liveCards(store) {
  const stops = (block) => block.type === "actions" && block.elements.some((element) => element.action_id === STOP);
  return [...store.ofChannel(store.view.channel)]
    .filter((message) => message.bot_id && message.blocks?.some(stops))
    .map((message) => JSON.stringify(message.blocks));
}
