// The form on top: shown, filled in, sent, and what was said about it.
import { api } from "./api.js";
import { blockNode } from "./blocks.js";
import { clear, el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { fieldsOf, initialOf, problemOf } from "./inputblock.js";
import { plain } from "./plain.js";
import { tell } from "./toast.js";

/** An app that neither closes, changes nor complains: after this one may press again. */
const PATIENCE_MS = 4000;

export function modal(store, surface) {
  const dialog = el("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  document.body.append(dialog);
  // What was filled in, by view and action: it outlives a change of the view by the app, as in Slack.
  const filled = new Map();
  const own = new Map();
  let shown = null;
  let sending = 0;

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });

  const top = () => store.modals.at(-1) ?? null;
  const errorsOf = (view) => ({ ...(store.fieldErrors.view_id === view.id ? store.fieldErrors.errors : {}), ...own.get(view.id) });

  function valueOf(view, element) {
    const values = filled.get(view.id);
    return values?.has(element.action_id) ? values.get(element.action_id) : initialOf(element, view.here);
  }

  function values(view) {
    return Object.fromEntries(fieldsOf(view.blocks).map(([, element]) => [element.action_id, valueOf(view, element)]));
  }

  function put(view, element, value) {
    if (!filled.has(view.id)) filled.set(view.id, new Map());
    filled.get(view.id).set(element.action_id, value);
  }

  function formOf(view) {
    return {
      value: (element) => valueOf(view, element),
      put: (block, value) => put(view, block.element, value),
      keep: (element, value) => put(view, element, value),
      error: (block_id) => errorsOf(view)[block_id],
    };
  }

  function leave() {
    const view = top();
    if (view) tell(() => api.close({ user: store.me, view_id: view.id }));
  }

  async function send(event) {
    event.preventDefault();
    const view = top();
    if (!view || sending || view.submit_disabled) return;
    const wrong = view.blocks
      .filter((block) => block.type === "input")
      .map((block) => [block.block_id, problemOf(block, valueOf(view, block.element))])
      .filter(([, words]) => words !== null);
    own.set(view.id, Object.fromEntries(wrong));
    store.fieldErrors = {};
    if (wrong.length === 0) {
      wait(true);
      if (!(await tell(() => api.submit({ user: store.me, view_id: view.id, values: values(view) })))) wait(false);
    }
    draw({ toError: true });
  }

  function wait(on) {
    clearTimeout(sending);
    sending = on ? setTimeout(() => wait(false), PATIENCE_MS) : 0;
    dialog.querySelector("[type=submit]")?.setAttribute("aria-busy", on ? "true" : "false");
  }

  function frame(view) {
    const stacked = store.modals.length > 1;
    const shut = el("button", { class: "bar-button", type: "button", "aria-label": stacked ? "Back" : "Close", on: { click: leave } }, icon(stacked ? "back" : "close"));
    const title = el("h2", { id: "modal-title" }, plain(view.title));
    const face = el("img", { class: "avatar avatar-small", src: "/page/milepost.svg", alt: "" });
    const body = el("div", { class: "modal-body", tabindex: "-1" });
    const submit = view.submit && el("button", { class: "button button-solid", type: "submit", disabled: view.submit_disabled }, plain(view.submit));
    const close = el("button", { class: "button", type: "button", on: { click: leave } }, plain(view.close) || (view.submit ? "Cancel" : "Close"));
    const form = el(
      "form",
      { class: "modal-form", novalidate: true, on: { submit: send } },
      el("header", {}, face, title, shut),
      body,
      el("div", { class: "dialog-notices" }),
      el("footer", {}, close, submit),
    );
    clear(dialog, form);
    return body;
  }

  let body = null;
  let framed = "";

  function draw({ toError = false } = {}) {
    const view = top();
    if (view === null) {
      if (dialog.open) dialog.close();
      shown = null;
      framed = "";
      filled.clear();
      own.clear();
      return;
    }
    const outline = JSON.stringify([view.id, view.title, view.submit, view.close, view.submit_disabled, store.modals.length]);
    if (outline !== framed) body = frame(view);
    framed = outline;
    const errors = errorsOf(view);
    const surroundings = { ...surface, form: formOf(view), press: (action) => press(view, action) };
    reconcile(
      body,
      view.blocks.map((block) => ({
        key: block.block_id,
        sig: JSON.stringify([block, errors[block.block_id]]),
        build: () => blockNode(block, surroundings),
      })),
    );
    if (!dialog.open) dialog.showModal();
    const wrong = toError && dialog.querySelector("[aria-invalid=true]");
    if (wrong) wrong.focus();
    else if (shown !== view.id) firstField(view)?.focus();
    shown = view.id;
  }

  function firstField(view) {
    const wanted = fieldsOf(view.blocks).find(([, element]) => element.focus_on_load)?.[1];
    const named = wanted && dialog.querySelector(`[data-focus="${CSS.escape(`action:${wanted.action_id}`)}"]`);
    return named ?? body.querySelector("input, select, textarea") ?? dialog.querySelector("footer button");
  }

  const press = (view, action) => tell(() => api.press({ user: store.me, view_id: view.id, values: values(view), ...action }));

  /** Something came back from the app: a form that waited may be sent again. */
  function answered() {
    wait(false);
    draw({ toError: Object.keys(store.fieldErrors).length > 0 });
  }

  return { draw, answered };
}
