// Beside it: one thread, its parent on top.
import { clear, el, reconcile, say } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessages } from "./messages.js";
import { stickToEnd } from "./scroll.js";

export function threadPane(root, store, surface, { composer, close }) {
  const where = el("span", { class: "topic" });
  const parent = el("div", { class: "thread-parent" });
  const count = el("div", { class: "thread-count" });
  const log = el("div", { class: "log", role: "log", "aria-label": "Replies", "aria-relevant": "additions" });
  const inside = el("div", {}, parent, count, log);
  const box = el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Thread, scrollable" }, inside);
  const shut = { class: "bar-button", type: "button", "aria-label": "Close thread", on: { click: close } };
  clear(
    root,
    el("header", { class: "bar" }, el("div", { class: "bar-title" }, el("h2", {}, "Thread"), where), el("button", shut, icon("close"))),
    box,
    el("div", { class: "below" }, composer.node),
  );
  const end = stickToEnd(box);
  let shown = null;
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });

  function draw() {
    const { channel, thread } = store.view;
    root.hidden = thread === null;
    if (thread === null) {
      shown = null;
      return;
    }
    // Another reader reads other times.
    const now = `${store.me} ${thread}`;
    if (shown !== now) for (const part of [parent, log]) clear(part);
    const place = store.channels.get(channel);
    say(where, place?.is_im ? store.workspace.bot.name : `#${place?.name ?? ""}`);
    const first = store.message(channel, thread);
    if (first) drawMessages(parent, [first], surface, { inThread: true });
    else reconcile(parent, [{ key: "gone", sig: "", build: () => el("div", { class: "empty" }, "This message was deleted.") }]);
    const list = store.thread(channel, thread);
    const replies = list.filter((one) => one.thread_ts && !one.id).length;
    say(count, replies === 0 ? "No replies yet" : replies === 1 ? "1 reply" : `${replies} replies`);
    drawMessages(log, list, surface, { inThread: true });
    if (shown !== now) end.toEnd();
    shown = now;
  }

  return { draw, toEnd: end.toEnd };
}
