// What can be pressed in a block: buttons, overflow menus, selects; and the question before a grave one.
import { el } from "./dom.js";
import { fieldNode, initialOf, NAMES } from "./fields.js";
import { ask, openMenu } from "./floating.js";
import { icon } from "./icons.js";
import { safeUrl } from "./links.js";
import { picture, textNodes } from "./objects.js";
import { plain } from "./plain.js";

export function elementNode(element, block, surface) {
  const draw = Object.hasOwn(KINDS, element?.type) ? KINDS[element.type] : unknown;
  return draw(element, block, surface);
}

/** Ask first where the app wants it asked, then report the press with what belongs to it. */
async function press(element, block, surface, more) {
  if (element.confirm && !(await ask(confirmation(element.confirm, surface)))) return;
  await surface.press({ action_id: element.action_id, block_id: block.block_id, ...more });
}

function confirmation(confirm, surface) {
  return {
    title: plain(confirm.title),
    body: textNodes(confirm.text, surface),
    yes: plain(confirm.confirm) || "Yes",
    no: plain(confirm.deny) || "No",
    danger: confirm.style === "danger",
  };
}

/** One press at a time: a second one while the first is under way would only repeat it. */
async function once(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function focusName(element) {
  return { focus: `action:${element.action_id ?? ""}` };
}

function button(element, block, surface) {
  const style = ["primary", "danger"].includes(element.style) ? ` button-${element.style}` : "";
  const props = { class: `button${style}`, data: focusName(element), "aria-label": element.accessibility_label };
  const value = element.value === undefined ? {} : { value: element.value };
  const href = element.url ? safeUrl(element.url) : null;
  if (element.url && href === null) {
    return el("button", { ...props, type: "button", disabled: true, title: "Not a web address" }, plain(element.text));
  }
  // A link button opens its page and still tells the app.
  const tag = href ? "a" : "button";
  const own = href ? { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href } : { type: "button" };
  const node = el(tag, { ...props, ...own }, plain(element.text));
  node.addEventListener("click", () => once(node, () => press(element, block, surface, value)));
  return node;
}

function overflow(element, block, surface) {
  const node = el(
    "button",
    { class: "button button-icon", type: "button", "aria-label": "More actions", "aria-haspopup": "menu", data: focusName(element) },
    icon("more"),
  );
  const choose = (option) => press(element, block, surface, { selected_option: option });
  node.addEventListener("click", () =>
    openMenu(node, (element.options ?? []).map((option) => ({
      label: plain(option.text),
      note: plain(option.description),
      href: option.url ? safeUrl(option.url) : null,
      choose: () => choose(option),
    }))),
  );
  return node;
}

/** A list or a text outside of an input block: every choice is told at once, a text when Enter is pressed. */
function field(element, block, surface) {
  const value = surface.form ? surface.form.value(element) : initialOf(element, null);
  const change = (now, done) => {
    surface.form?.keep(element, now);
    if (done) press(element, block, surface, { [NAMES[element.type]]: now });
  };
  return fieldNode(element, { value, change, store: surface.store });
}

function unknown(element) {
  return el("span", { class: "note" }, `The playground cannot show this control (${String(element?.type ?? "no type")}).`);
}

const KINDS = {
  ...Object.fromEntries(Object.keys(NAMES).map((name) => [name, field])),
  button,
  overflow,
  image: (element) => picture(element, "image-accessory"),
};
