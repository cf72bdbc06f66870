// Block Kit to nodes, one function per kind; what is not known says so instead of vanishing.
import { el } from "./dom.js";
import { elementNode } from "./elements.js";
import { inputBlock } from "./inputblock.js";
import { markdown } from "./markdown.js";
import { picture, textNodes } from "./objects.js";
import { plain } from "./plain.js";
import { richText, richTextParts } from "./richtext.js";

/**
 * `surface` says where the blocks stand: {people, press(action)}. A message, a modal and a home tab differ
 * only in it.
 */
export function blockNode(block, surface) {
  const draw = Object.hasOwn(KINDS, block?.type) ? KINDS[block.type] : unknown;
  const node = draw(block, surface);
  node.classList.add("block", `block-${draw === unknown ? "unknown" : block.type}`);
  return node;
}

function section(block, surface) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "text", dir: "auto" }, textNodes(block.text, surface)));
  if (block.fields) {
    const fields = block.fields.map((field) => el("div", { class: "text", dir: "auto" }, textNodes(field, surface)));
    body.append(el("div", { class: "fields" }, fields));
  }
  const accessory = block.accessory && el("div", { class: "accessory" }, elementNode(block.accessory, block, surface));
  return el("div", {}, body, accessory);
}

function header(block) {
  const level = Math.min(Math.max(Number(block.level) || 1, 1), 4);
  return el("h3", { class: `text level-${level}`, dir: "auto", "aria-level": level + 2 }, plain(block.text));
}

function context(block, surface) {
  return el(
    "div",
    {},
    (block.elements ?? []).map((part) =>
      part.type === "image" ? picture(part, "context-image") : el("span", { class: "text", dir: "auto" }, textNodes(part, surface)),
    ),
  );
}

function actions(block, surface) {
  return el("div", {}, (block.elements ?? []).map((element) => elementNode(element, block, surface)));
}

function image(block) {
  const caption = block.title && el("figcaption", {}, plain(block.title));
  return el("figure", {}, caption, picture(block, "image-large"));
}

function table(block, surface) {
  const settings = block.column_settings ?? [];
  const cell = (tag, object, column) =>
    el(
      tag,
      { class: `align-${["center", "right"].includes(settings[column]?.align) ? settings[column].align : "left"}` },
      object?.type === "rich_text" ? richTextParts(object, surface) : String(object?.text ?? object?.value ?? ""),
    );
  const [head = [], ...rows] = block.rows ?? [];
  return el(
    "div",
    { tabindex: "0", role: "region", "aria-label": "Table" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, head.map((one, column) => cell("th", one, column)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((one, column) => cell("td", one, column))))),
    ),
  );
}

function unknown(block) {
  return el("div", { class: "note" }, `The playground cannot show this block (${String(block?.type ?? "no type")}).`);
}

const KINDS = {
  section,
  header,
  context,
  actions,
  image,
  table,
  input: inputBlock,
  alert: (block, surface) => el("div", { class: "absent" }, textNodes(block.text, surface)),
  divider: () => el("hr"),
  rich_text: (block, surface) => el("div", { dir: "auto" }, richText(block, surface)),
  markdown: (block) => el("div", {}, markdown(String(block.text ?? ""))),
};
