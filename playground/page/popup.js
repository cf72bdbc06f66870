// The list of completions above a composer.
import { clear, el } from "./dom.js";

export function popup(id) {
  const title = el("div", { class: "popup-title" });
  const list = el("ul", { id, role: "listbox", "aria-label": "Completions" });
  const keys = el("div", { class: "popup-keys" }, el("kbd", {}, "Tab"), " takes, ", el("kbd", {}, "Esc"), " closes");
  const node = el("div", { class: "popup", hidden: true }, el("div", { class: "popup-head" }, title, keys), list);
  let items = [];
  let at = -1;
  let take = () => {};
  // The box keeps the focus while one points at the list.
  node.addEventListener("pointerdown", (event) => event.preventDefault());

  function mark(index) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = index;
    const row = list.children[at];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
  }

  function hide() {
    node.hidden = true;
    items = [];
    at = -1;
  }

  function row(item, index) {
    return el(
      "li",
      { id: `${id}-${index}`, role: "option", "aria-selected": "false", on: { click: () => take(item) } },
      el("span", { class: "popup-label" }, item.label),
      el("span", { class: "popup-hint" }, item.hint),
    );
  }

  return {
    id,
    node,
    hide,
    get active() {
      return at < 0 ? null : `${id}-${at}`;
    },
    show(found, onTake) {
      if (found.items.length === 0) return hide();
      items = found.items;
      take = onTake;
      at = -1;
      title.textContent = found.title;
      clear(list, items.map(row));
      node.hidden = false;
      if (found.chosen) mark(0);
      return undefined;
    },
    /** True when *key* was meant for the list. */
    key(key) {
      if (node.hidden) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (step) mark((at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length);
      else if (key === "Tab") take(items[Math.max(at, 0)]);
      else if (key === "Enter" && at >= 0) take(items[at]);
      else if (key === "Escape") hide();
      else return false;
      return true;
    },
  };
}
