// One field of a form: its label, its control, its hint, and what is wrong with it.
import { el } from "./dom.js";
import { fieldNode, initialOf, NAMES } from "./fields.js";
import { plain } from "./plain.js";

let serial = 0;

/** `surface.form` keeps what was filled in: {value(element), put(element, value), error(block_id)}. */
export function inputBlock(block, surface) {
  const { element } = block;
  const known = Object.hasOwn(NAMES, element?.type);
  if (!known || !surface.form) {
    return el("div", { class: "note" }, `The playground cannot show this field (${String(element?.type ?? "no type")}).`);
  }
  serial += 1;
  const id = `field-${serial}`;
  const wrong = surface.form.error(block.block_id);
  const hint = plain(block.hint);
  const about = [hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const control = fieldNode(element, {
    value: surface.form.value(element),
    store: surface.store,
    change(value, done) {
      surface.form.put(block, value);
      if (done && block.dispatch_action) surface.press({ action_id: element.action_id, block_id: block.block_id, [NAMES[element.type]]: value });
    },
    props: { id, "aria-label": undefined, "aria-labelledby": `${id}-label`, "aria-describedby": about, "aria-invalid": wrong ? "true" : undefined },
  });
  const optional = block.optional && el("span", { class: "field-optional" }, " (optional)");
  return el(
    "div",
    { class: `field${wrong ? " field-wrong" : ""}`, data: { block: block.block_id } },
    el("label", { id: `${id}-label`, for: id }, plain(block.label), optional),
    control,
    wrong && el("div", { class: "field-error", id: `${id}-error` }, wrong),
    hint && el("div", { class: "field-hint", id: `${id}-hint` }, hint),
  );
}

/** What Slack itself says about a field before the app hears of it, or null. */
export function problemOf(block, value) {
  const { element } = block;
  const empty = value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  if (empty) return block.optional ? null : "Please complete this required field.";
  if (element.type === "plain_text_input" && value.length < (element.min_length ?? 0)) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  return null;
}

/** Each field of *blocks*, inside and outside of input blocks: [block, element]. */
export function fieldsOf(blocks) {
  return blocks
    .flatMap((block) => [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])].map((one) => [block, one]))
    .filter(([, element]) => element && Object.hasOwn(NAMES, element.type));
}

export { initialOf };
