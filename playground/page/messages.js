// One row of a conversation: author, time, body, and what hangs below it.
import { blockNode } from "./blocks.js";
import { dayOf, dayWords, full, present, time } from "./dates.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { mrkdwn, unescape } from "./mrkdwn.js";
import { author, avatar } from "./people.js";

const GROUP_SECONDS = 300;

/**
 * Draw *list* into *log*: days, authors, bodies. `surface` gives {store, people, press, openThread, dismiss};
 * `inThread` leaves out what a thread does not repeat.
 */
export function drawMessages(log, list, surface, { inThread = false } = {}) {
  const rows = [];
  const threads = inThread ? new Map() : surface.store.threads(surface.store.view.channel);
  const today = dayOf(present());
  let before = null;
  for (const message of list) {
    const day = dayOf(new Date(Number(message.ts) * 1000));
    if (!inThread && (before === null || day !== before.day)) {
      rows.push({ key: `day:${day}`, sig: today, build: () => dayLine(message.ts) });
    }
    const compact = before !== null && follows(before.message, message) && day === before.day;
    rows.push(row(message, compact, threads.get(message.ts) ?? [], surface, inThread));
    before = { message, day };
  }
  reconcile(log, rows);
}

function follows(earlier, later) {
  // A card stands for itself, and so does what comes from a thread.
  const quiet = (message) => !message.blocks?.length && message.subtype !== "thread_broadcast";
  return (
    earlier.user === later.user &&
    Boolean(earlier.bot_id) === Boolean(later.bot_id) &&
    Number(later.ts) - Number(earlier.ts) < GROUP_SECONDS &&
    quiet(earlier) &&
    quiet(later) &&
    !isPrivate(earlier) &&
    !isPrivate(later)
  );
}

function isPrivate(message) {
  return message.id !== undefined && message.type !== "message";
}

/** What the workspace itself says: somebody came, a message went. */
function isNews(message) {
  return message.subtype === "tombstone" || /^(?:channel|group)_/.test(message.subtype ?? "");
}

function dayLine(ts) {
  const words = dayWords(new Date(Number(ts) * 1000));
  return el("div", { class: "day", role: "separator", "aria-label": words }, el("span", {}, words));
}

function row(message, compact, replies, surface, inThread) {
  const key = isPrivate(message) ? `private:${message.id}` : message.ts;
  const source = message.subtype === "thread_broadcast" && excerpt(parentOf(message, surface));
  const name = author(message, surface.store).name;
  const sig = JSON.stringify([message, compact, replies.map((reply) => reply.ts), name, source]);
  const fill = (node) => {
    const pointed = node.classList.contains("pointed") && "pointed";
    const kinds = ["message", compact && "compact", isPrivate(message) && "private", isNews(message) && "news", pointed];
    node.className = kinds.filter(Boolean).join(" ");
    reconcile(node, parts(message, compact, replies, surface, inThread));
    return node;
  };
  return {
    key,
    sig,
    build: () => fill(el("article", { data: { ts: message.ts }, tabindex: "-1" })),
    update: fill,
  };
}

function parts(message, compact, replies, surface, inThread) {
  const person = isPrivate(message) ? { ...author({ ...message, ephemeral: true }, surface.store) } : author(message, surface.store);
  const head = JSON.stringify([person, compact, message.ts, message.subtype, isPrivate(message)]);
  const broadcast = message.subtype === "thread_broadcast";
  const list = [{ key: "gutter", sig: head, build: () => gutter(person, message, compact) }];
  if (isPrivate(message)) list.push({ key: "note", sig: "", build: () => privateNote() });
  if (!compact) list.push({ key: "head", sig: head, build: () => heading(person, message) });
  if (broadcast) {
    const words = excerpt(parentOf(message, surface));
    list.push({ key: "from", sig: words + inThread, build: () => broadcastNote(message, words, surface, inThread) });
  }
  const body = JSON.stringify([message.text, message.blocks, message.edited]);
  const drawBody = (node) => {
    reconcile(node, bodyRows(message, surface));
    return node;
  };
  list.push({ key: "body", sig: body, build: () => drawBody(el("div", { class: "body" })), update: drawBody });
  if (replies.length > 0) {
    const sig = JSON.stringify(replies.map((reply) => [reply.ts, reply.user]));
    list.push({ key: "replies", sig, build: () => replyBar(message, replies, surface) });
  }
  if (isPrivate(message)) list.push({ key: "dismiss", sig: "", build: () => dismissLine(message, surface) });
  else if (!inThread) list.push({ key: "tools", sig: message.ts, build: () => tools(message, surface) });
  return list;
}

/** Blocks one by one, so that an edit replaces only those that changed; without blocks, the text. */
function bodyRows(message, surface) {
  const own = { ...surface, press: (action) => surface.press(message, action) };
  const attached = (message.attachments ?? []).map((one, index) => ({
    key: `attachment:${index}`,
    sig: JSON.stringify(one),
    build: () => attachment(one, own),
  }));
  if (message.blocks?.length > 0) {
    const rows = message.blocks.map((block, index) => ({
      key: `block:${index}`,
      sig: JSON.stringify(block),
      build: () => blockNode(block, own),
    }));
    return [...rows, ...attached];
  }
  const text = String(message.text ?? "");
  const edited = message.edited && el("span", { class: "edited" }, " (edited)");
  const build = () => el("div", { class: "text", dir: "auto" }, mrkdwn(text, surface.people), edited);
  return [{ key: "text", sig: JSON.stringify([text, message.edited]), build }, ...attached];
}

/** The old way to hang something on a message: its blocks, else its text, behind a bar. */
function attachment(one, surface) {
  const words = String(one.text ?? one.fallback ?? "");
  const inside = one.blocks?.map((block) => blockNode(block, surface)) ?? [el("div", { class: "text" }, mrkdwn(words, surface.people))];
  return el("div", { class: "attachment" }, inside);
}

function clock(message, kind) {
  const date = new Date(Number(message.ts) * 1000);
  return el("time", { class: kind, datetime: date.toISOString(), title: full(date) }, time(date));
}

function gutter(person, message, compact) {
  return el("div", { class: "gutter" }, compact ? clock(message, "hover-time") : avatar(person));
}

function heading(person, message) {
  return el(
    "div",
    { class: "head" },
    el("span", { class: "author" }, el("bdi", {}, person.name)),
    person.app && el("span", { class: "app-badge" }, "APP"),
    clock(message, "time"),
  );
}

function privateNote() {
  return el("div", { class: "private-note" }, icon("eye", 14), "Only visible to you");
}

function parentOf(message, { store }) {
  return store.message(store.view.channel, message.thread_ts);
}

/** The beginning of a message in one plain line. */
export function excerpt(message, length = 60) {
  if (!message) return "a thread";
  const words = unescape(String(message.text ?? "").replace(/<([^<>|]*)\|?([^<>]*)>/g, (_, target, label) => label || target));
  const line = words.replace(/[*_~`]/g, "").replace(/\s+/g, " ").trim() || "a thread";
  const chars = [...line];
  return chars.length > length ? `${chars.slice(0, length).join("")}…` : line;
}

function broadcastNote(message, words, surface, inThread) {
  if (inThread) return el("div", { class: "broadcast-note" }, "Also sent to the channel");
  const open = { type: "button", class: "link", on: { click: () => surface.openThread(message.thread_ts) } };
  return el("div", { class: "broadcast-note" }, "replied to a thread: ", el("button", open, el("bdi", {}, words)));
}

function replyBar(message, replies, surface) {
  const faces = [...new Map(replies.map((reply) => [reply.user, author(reply, surface.store)])).values()].slice(0, 4);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  const last = new Date(Number(replies.at(-1).ts) * 1000);
  const props = {
    class: "reply-bar",
    type: "button",
    data: { focus: "replies" },
    on: { click: () => surface.openThread(message.ts) },
  };
  return el(
    "button",
    props,
    el("span", { class: "faces" }, faces.map((face) => avatar(face, "avatar-small"))),
    el("span", { class: "reply-count" }, count),
    el("span", { class: "reply-last" }, `Last reply ${dayWords(last).toLowerCase()} at ${time(last)}`),
  );
}

function dismissLine(message, surface) {
  const dismiss = { type: "button", class: "link", on: { click: () => surface.dismiss(message.id) } };
  return el("div", { class: "dismiss" }, el("button", dismiss, "Dismiss message"));
}

function tools(message, surface) {
  const root = message.thread_ts ?? message.ts;
  const open = {
    type: "button",
    title: "Reply in thread",
    "aria-label": "Reply in thread",
    on: { click: () => surface.openThread(root) },
  };
  return el("div", { class: "tools" }, el("button", open, icon("thread")));
}
