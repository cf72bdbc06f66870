// What opens above the page: menus beside a button and a question that must be answered.
import { el } from "./dom.js";

/** A menu at *anchor*; {label, note?, href?, choose} each. Arrow keys move, Escape returns to the button. */
export function openMenu(anchor, options) {
  document.querySelector(".menu")?.remove();
  const items = options.map(({ label, note, href, choose }) => {
    const words = [el("span", {}, label), note && el("small", {}, note)];
    const item = href
      ? el("a", { role: "menuitem", href, target: "_blank", rel: "noopener noreferrer nofollow" }, words)
      : el("button", { role: "menuitem", type: "button" }, words);
    item.addEventListener("click", () => {
      close();
      choose();
    });
    return item;
  });
  const menu = el("div", { class: "menu", role: "menu" }, items);

  const away = (event) => {
    if (!menu.contains(event.target)) close(false);
  };
  function close(back = true) {
    document.removeEventListener("pointerdown", away, true);
    window.removeEventListener("resize", close);
    menu.remove();
    if (back && anchor.isConnected) anchor.focus({ preventScroll: true });
  }
  menu.addEventListener("keydown", (event) => {
    const now = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: -1 }[event.key];
    if (end !== undefined) items.at(end)?.focus();
    else if (step) items[(now + step + items.length) % items.length]?.focus();
    else if (event.key === "Escape") {
      // Only the menu: not the form or the thread behind it.
      event.stopPropagation();
      close();
    }
    else if (event.key === "Tab") close(false);
    else return;
    if (event.key !== "Tab") event.preventDefault();
  });

  (anchor.closest("dialog") ?? document.body).append(menu);
  const box = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8));
  const below = box.bottom + 4 + menu.offsetHeight < innerHeight;
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`;
  document.addEventListener("pointerdown", away, true);
  window.addEventListener("resize", close);
  items[0]?.focus();
}

/** Put *body* before the person; true when they said yes. */
export function ask({ title, body, yes, no, danger = false }) {
  return new Promise((resolve) => {
    const confirm = el("button", { class: `button ${danger ? "button-danger-solid" : "button-solid"}`, value: "yes" }, yes);
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", {}, title),
      el("div", { class: "text" }, body),
      el("div", { class: "dialog-buttons" }, el("button", { class: "button", value: "no" }, no), confirm),
    );
    const dialog = el("dialog", { class: "dialog", "aria-label": title }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    confirm.focus();
  });
}
