// Which of the columns shows where not all have room; the style sheet decides how many have.
import { clear, el } from "./dom.js";
import { icon } from "./icons.js";
import { remember, remembered } from "./memory.js";

const TABS = [
  ["channels", "Channels", "menu"],
  ["chat", "Chat", "hash"],
  ["thread", "Thread", "thread"],
  ["clouds", "Clouds", "cloud"],
];

export function panes(root) {
  const { body } = document;
  const tabs = new Map(
    TABS.map(([name, label, sign]) => [
      name,
      el(
        "button",
        { type: "button", class: "tab", data: { tab: name }, on: { click: () => show(name) } },
        icon(sign),
        el("span", {}, label),
      ),
    ]),
  );
  clear(root, [...tabs.values()]);
  // What was chosen at a wide window holds there; a narrow one begins with the chat.
  body.dataset.clouds = remembered("clouds") === "closed" ? "closed" : "open";

  function show(name) {
    body.dataset.pane = name;
    for (const [tab, button] of tabs) {
      if (tab === name) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  }

  /** In a wide window the panel opens and closes; in a smaller one it shares its place with the thread. */
  function toggleClouds() {
    const visible = document.getElementById("clouds").offsetParent !== null;
    const open = !visible;
    body.dataset.clouds = open ? "open" : "closed";
    remember("clouds", body.dataset.clouds);
    show(open ? "clouds" : "chat");
  }

  /** A thread comes to the front when it opens, and gives its place back when it closes. */
  function thread(open) {
    const now = open ? "open" : "closed";
    if (body.dataset.thread === now) return;
    body.dataset.thread = now;
    tabs.get("thread").hidden = !open;
    if (open) show("thread");
    else if (body.dataset.pane === "thread") show("chat");
  }

  show("chat");
  thread(false);
  return { show, toggleClouds, thread };
}
