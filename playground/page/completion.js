// What could come next in a slash command, from the app's own commands and the tasks in the clouds panel.

import { stateWords } from "./taskstates.js";

/** Slack's own commands take the app's name. */
const MEMBERS = new Set(["/invite", "/remove"]);
/** Verbs that are complete in themselves; every other verb goes on with an account and a task. */
const ALONE = new Set(["list", "accounts", "help", "defaults", "history"]);
/** Verbs after which what one wants to hear can stand. */
const WISHING = new Set(["subscribe", "edit"]);
const CLAUSES = [
  ["at 25,50,75", "milestones of your choice"],
  ["every 10%", "a milestone at each step"],
  ["per phase", "when a phase ends"],
  ["on end", "nothing but the end"],
  ["stall 30m", "when nothing moves for so long"],
  ["overdue 6h", "when it takes longer"],
  ["lag > 60s for 5m", "when changes arrive late"],
  ["mention @alice on failure", "call somebody"],
  ["broadcast failures", "what the whole channel sees"],
  ["quiet 22:00-07:00", "hours without messages"],
  ['as "nightly copy"', "a name of your own"],
];
/** What can be said to the app in the thread of a card. */
const IN_THREAD = [
  ["status", "how it stands"],
  ["mute 2h", "nothing but the end for two hours"],
  ["unmute", "everything again"],
  ["refresh", "look now"],
  ["edit at 50,90", "other milestones"],
  ["stop", "follow it no longer"],
  ["help", "all commands"],
];
const AT_MOST = 16;

/** The verbs that a usage hint names: "[subscribe <account> <task> | list | help]" → subscribe, list, help. */
export function verbs(hint) {
  const pieces = String(hint ?? "").replace(/[[\]]/g, "").split(/[|·,\n]| or /);
  const words = pieces.map((piece) => /^\s*([a-z][a-z-]+)/.exec(piece)?.[1]).filter(Boolean);
  return [...new Set(words)];
}

/**
 * {items, chosen, title} for the text before the caret: each item has `insert` (the whole new text), `label`,
 * `hint`; `chosen` tells whether Enter takes the first (a word is begun) or sends what stands.
 */
export function suggest(text, store) {
  const { commands, clouds } = store;
  if (!text.startsWith("/") || text.includes("\n")) return suggestPeople(text, store);
  const words = text.split(" ");
  if (words.length === 1) return offer("Commands", text, "", commandItems(commands));
  const command = commands.find((one) => one.command === words[0]);
  if (!command) return nothing();
  if (MEMBERS.has(words[0])) {
    return offer(command.description, text.slice(words[0].length + 1), `${words[0]} `, [{ word: "@milepost", hint: "the app" }]);
  }
  if (words.at(-1).startsWith("@")) return suggestPeople(text, store);
  if (words.length === 2) return offer(command.description || "What to do", words[1], `${words[0]} `, verbItems(command));
  const verb = words[1];
  if (ALONE.has(verb)) return nothing();
  const prefix = `${words[0]} ${verb} `;
  const rest = text.slice(prefix.length);
  const tasks = taskItems(clouds);
  const done = tasks.find((task) => rest.startsWith(`${task.word} `));
  if (done) return WISHING.has(verb) ? clauseItems(text, rest.slice(done.word.length + 1)) : nothing();
  return offer("Tasks in the clouds panel", rest, prefix, [...tasks, ...(rest.includes(" ") ? [] : accountItems(clouds))]);
}

/** Whom a word that begins with @ could mean. */
export function suggestPeople(text, { users, groups, workspace }) {
  const begun = /(?:^|\s)(@[\p{L}\p{N}_.-]*)$/u.exec(text)?.[1];
  if (begun === undefined) return nothing();
  const people = [...users.values()].map((user) => ({ word: `@${user.name}`, hint: user.real_name ?? "", tail: " " }));
  const app = { word: "@milepost", hint: `${workspace.bot.name}, the app`, tail: " " };
  const teams = [...groups.values()].map((group) => ({ word: `@${group.handle}`, hint: `${group.name}, a user group`, tail: " " }));
  return offer("People", begun, text.slice(0, -begun.length), [app, ...people, ...teams]);
}

/** In a thread the app is spoken to by its name: slash commands do not run there. */
export function suggestInThread(text, store) {
  const spoken = /^\s*@milepost (?<said>[^\n]*)$/i.exec(text);
  if (spoken === null || spoken.groups.said.split(" ").at(-1).startsWith("@")) return suggestPeople(text, store);
  const { said } = spoken.groups;
  const found = offer("In this thread", said, text.slice(0, text.length - said.length), IN_THREAD.map(([word, hint]) => ({ word, hint })));
  return { ...found, chosen: false };
}

function nothing() {
  return { items: [], chosen: false, title: "" };
}

function offer(title, typed, prefix, candidates) {
  const wanted = typed.toLowerCase();
  const fits = candidates.filter(({ word, also = [] }) =>
    [word, ...also].some((one) => one.toLowerCase().startsWith(wanted)),
  );
  const whole = candidates.some(({ word }) => word.toLowerCase() === wanted);
  if (whole && fits.length === 1 && !fits[0].keep) return nothing();
  const items = fits.slice(0, AT_MOST).map(({ word, label, hint, tail = "" }) => ({
    insert: prefix + word + tail,
    label: label ?? word,
    hint: hint ?? "",
  }));
  return { items, chosen: typed !== "" && !whole, title };
}

function commandItems(commands) {
  return commands.map((one) => ({
    word: one.command,
    label: one.command,
    hint: one.description ?? "",
    tail: " ",
    keep: true,
  }));
}

function verbItems(command) {
  // The hint has room for the common ones only.
  const found = command.usage_hint ? [...new Set([...verbs(command.usage_hint), ...Object.keys(VERB_HINTS)])] : [];
  return found.map((word) => ({ word, hint: VERB_HINTS[word] ?? "", tail: ALONE.has(word) ? "" : " " }));
}

const VERB_HINTS = {
  subscribe: "follow a task in this channel",
  stop: "follow it no longer",
  edit: "change what you hear of it",
  mute: "nothing but its end for a while",
  unmute: "everything again",
  transfer: "give it to somebody else",
  refresh: "look now",
  defaults: "what holds for new ones here",
  list: "what this channel follows",
  take: "make it yours",
  history: "what ended here, and how",
  status: "how a task stands",
  accounts: "the clouds Milepost can read",
  help: "all commands",
};

function taskItems(clouds) {
  return Object.values(clouds).flatMap((cloud) =>
    (cloud.tasks ?? []).map((task) => ({
      word: argument(task),
      also: [task.key, task.name],
      label: `${task.account} ${shortKey(task.key)}`,
      hint: `${task.name} · ${stateWords(task.state).word}`,
    })),
  );
}

/** The account and the key as the cloud's own command writes them. */
function argument(task) {
  return task.command.split(" ").slice(2).join(" ") || `${task.account} ${task.key}`;
}

function accountItems(clouds) {
  return Object.values(clouds).map((cloud) => ({ word: cloud.account, hint: cloud.title, tail: " " }));
}

/** What may follow what was said so far: each clause once, offered where a new word begins. */
function clauseItems(text, said) {
  const begun = said.split(" ").at(-1);
  const before = said.slice(0, said.length - begun.length);
  const used = (word) => new RegExp(`(?:^| )${word.split(" ")[0]} `).test(before);
  const left = CLAUSES.filter(([word]) => !used(word)).map(([word, hint]) => ({ word, hint }));
  // In the middle of a clause nothing is offered: its words are the person's own.
  if (begun === "" && /(?:^| )(?:at|every|per|on|stall|overdue|lag|mention|broadcast|quiet|as|>|for) $/.test(before)) return nothing();
  return { ...offer("What to hear", begun, text.slice(0, text.length - begun.length), left), chosen: false };
}

/** The last part of a key, shortened in the middle where it is long: a task's short name on its card too. */
export function shortKey(key) {
  const chars = [...String(key).split("/").at(-1)];
  return chars.length > 16 ? `${chars.slice(0, 8).join("")}…${chars.slice(-4).join("")}` : chars.join("");
}
