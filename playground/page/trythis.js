// Ideas for a first visit; a click puts a command into the composer, or leads to where there is something to see.
import { shortKey } from "./completion.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { remembered, remember } from "./memory.js";

/** Actions that only the card of a task has that is followed still. */
const ALIVE = new Set(["card.stop", "card.mute", "card.unmute", "card.more"]);
const MOST = 6;

/** `hands` are what an idea can do: {fill(command), replyInThread(ts, text), openHome()}. */
export function tryThis(store, hands) {
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
      ideas(store, hands).map(({ label, command, act, sig = "" }) => ({
        key: label.split(" ")[0],
        sig: label + command + sig,
        build: () =>
          el(
            "button",
            { class: "chip", type: "button", title: command, data: { command, focus: label }, on: { click: act ?? (() => hands.fill(command)) } },
            el("span", { class: "chip-label" }, label),
            el("code", {}, command),
          ),
      })),
    );
  }

  return { node, draw };
}

/** A task nobody here follows yet, the form, how the followed one stands, a mute in its thread, the home, the rest. */
function ideas(store, hands) {
  const alive = store.tasks().filter((task) => !task.terminal);
  const cards = liveCards(store);
  const cardOf = (task) => cards.find((card) => names(card.words, shortKey(task.key)));
  const fresh = alive.find((task) => !cardOf(task));
  const known = alive.find(cardOf);
  const mute = "@milepost mute 2h";
  const thread = known && cardOf(known).ts;
  const all = [
    fresh && { label: `Follow ${fresh.name}`, command: fresh.command },
    { label: "Fill in the form", command: "/milepost" },
    known && { label: `Status of ${known.name}`, command: known.command.replace(" subscribe ", " status ") },
    known && { label: "Mute it in its thread", command: mute, act: () => hands.replyInThread(thread, mute), sig: thread },
    { label: "Your App Home", command: `${store.workspace.bot.name ?? "The app"} → Home`, act: hands.openHome },
    { label: "List what is followed here", command: "/milepost list" },
    { label: "Help with all commands", command: "/milepost help" },
    { label: "See the accounts", command: "/milepost accounts" },
  ];
  return all.filter(Boolean).slice(0, MOST);
}

/** Whether a card names a task: by its id in the foot, or as its head where the task has no other name. */
function names(words, id) {
  return words.includes(`\`${id}\``) || words.includes(`"text":${JSON.stringify(id)}`);
}

/** The cards of the channel that follow a task still: they offer to mute or to stop. What else names a task proves nothing. */
function liveCards(store) {
  const offers = (block) => block.type === "actions" && block.elements.some((element) => ALIVE.has(element.action_id));
  return [...store.ofChannel(store.view.channel)]
    .filter((message) => message.bot_id && message.blocks?.some(offers))
    .map((message) => ({ ts: message.ts, words: JSON.stringify(message.blocks) }));
}
