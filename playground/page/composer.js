// Where one writes: grows with the text, completes commands, remembers what was sent.
import { el } from "./dom.js";
import { openMenu } from "./floating.js";
import { icon } from "./icons.js";
import { popup } from "./popup.js";

const HISTORY = 50;

/**
 * `send(text)` answers whether it was taken; `suggestions(text)` gives what may follow, or nothing.
 * Texts are kept per `place()`, so that each channel has its own draft.
 */
export function composer({ id, label, send, suggestions = () => ({ items: [] }), shortcuts = null, place }) {
  const drafts = new Map();
  const sent = [];
  let back = 0;
  let here = null;
  let busy = false;

  const list = popup(`${id}-list`);
  const input = el("textarea", {
    id: `${id}-input`,
    rows: "1",
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    autocomplete: "off",
    spellcheck: "true",
    maxlength: "12000",
  });
  const button = el("button", { type: "button", class: "send", "aria-label": "Send", disabled: true, on: { click: submit } }, icon("send"));
  const more = shortcuts && el("button", { type: "button", class: "composer-tool", "aria-label": "Shortcuts", "aria-haspopup": "menu", title: "Shortcuts" }, icon("bolt"));
  more?.addEventListener("click", () => openMenu(more, shortcuts()));
  const frame = el("div", { class: "composer-frame" }, input, el("div", { class: "composer-foot" }, more, hintLine(), button));
  const node = el("div", { class: "composer" }, list.node, frame);

  function hintLine() {
    return el("span", { class: "composer-hint" }, el("kbd", {}, "Enter"), " sends, ", el("kbd", {}, "Shift Enter"), " begins a line");
  }

  function changed() {
    grow();
    button.disabled = input.value.trim() === "";
    offerCompletion();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 220)}px`;
  }

  /** Another width breaks the lines elsewhere; a height of our own making is no news. */
  let width = 0;
  new ResizeObserver(() => {
    if (input.clientWidth === width) return;
    width = input.clientWidth;
    requestAnimationFrame(grow);
  }).observe(input);

  function offerCompletion() {
    const atEnd = input.selectionStart === input.value.length;
    const found = atEnd && document.activeElement === input ? suggestions(input.value) : { items: [] };
    list.show(found, take);
    if (list.active) input.setAttribute("aria-activedescendant", list.active);
    else input.removeAttribute("aria-activedescendant");
  }

  function put(text) {
    input.value = text;
    input.setSelectionRange(text.length, text.length);
    changed();
  }

  function take(item) {
    input.focus();
    put(item.insert);
  }

  async function submit() {
    const text = input.value.trim();
    if (text === "" || busy) return;
    busy = true;
    list.hide();
    try {
      if (!(await send(text))) return;
    } finally {
      busy = false;
    }
    if (sent.at(-1) !== text) sent.push(text);
    sent.splice(0, sent.length - HISTORY);
    back = 0;
    if (input.value.trim() === text) put("");
  }

  /** Arrow up in an empty box, or in one that shows an older text, goes back; arrow down comes forward. */
  function recall(step) {
    const shown = back === 0 ? "" : sent.at(-back);
    if (input.value !== shown) return false;
    const next = Math.min(Math.max(back + step, 0), sent.length);
    if (next === back) return false;
    back = next;
    put(back === 0 ? "" : sent.at(-back));
    list.hide();
    return true;
  }

  input.addEventListener("input", () => {
    back = 0;
    changed();
  });
  input.addEventListener("click", offerCompletion);
  input.addEventListener("focus", offerCompletion);
  input.addEventListener("blur", () => list.hide());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (plain && list.key(event.key)) {
      event.preventDefault();
      if (list.active) input.setAttribute("aria-activedescendant", list.active);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (plain && event.key === "ArrowUp" && recall(1)) event.preventDefault();
    else if (plain && event.key === "ArrowDown" && recall(-1)) event.preventDefault();
  });

  return {
    node,
    input,
    /** Put *text* in and be ready to send it. */
    fill(text) {
      input.focus();
      put(text);
      list.hide();
    },
    /** Show the draft of the place one looks at now. */
    draw(placeholder) {
      const now = place();
      input.placeholder = placeholder;
      if (now === here) return;
      if (here !== null) drafts.set(here, input.value);
      here = now;
      put(drafts.get(now) ?? "");
      list.hide();
    },
  };
}
