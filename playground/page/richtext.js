// rich_text: structure instead of markup, so a text element is never parsed.
import { dateNode } from "./dates.js";
import { el } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { linkNode } from "./links.js";
import { channelNode, groupNode, pingNode, userNode } from "./mentions.js";

export function richText(block, surface) {
  return (block.elements ?? []).map((part) => partNode(part, surface));
}

/** The same without the outer block, for the cell of a table. */
export function richTextParts(object, surface) {
  return richText(object, surface);
}

function partNode(part, surface) {
  const inside = () => (part.elements ?? []).map((element) => inlineNode(element, surface));
  switch (part.type) {
    case "rich_text_section":
      return el("div", { class: "text" }, inside());
    case "rich_text_preformatted":
      return el("pre", { class: "code-block" }, el("code", {}, inside()));
    case "rich_text_quote":
      return el("blockquote", { class: "text" }, inside());
    case "rich_text_list":
      return list(part, surface);
    default:
      return el("div", { class: "note" }, `The playground cannot show this part (${String(part.type)}).`);
  }
}

function list(part, surface) {
  const indent = Math.min(Math.max(Number(part.indent) || 0, 0), 8);
  const items = (part.elements ?? []).map((item) => el("li", {}, partNode(item, surface)));
  const props = { class: `indent-${indent}` };
  if (part.style === "ordered" && part.offset) props.start = Number(part.offset) + 1;
  return el(part.style === "ordered" ? "ol" : "ul", props, items);
}

function inlineNode(element, { people }) {
  switch (element.type) {
    case "text":
      return styled(withBreaks(String(element.text ?? "")), element.style);
    case "link":
      return styled([linkNode(element.url, String(element.text || element.url))], element.style);
    case "user":
      return userNode(String(element.user_id), people);
    case "channel":
      return channelNode(String(element.channel_id), null, people);
    case "usergroup":
      return groupNode(String(element.usergroup_id), null, people);
    case "broadcast":
      return pingNode(String(element.range));
    case "emoji":
      return document.createTextNode(EMOJI.get(element.name) ?? `:${element.name}:`);
    case "date":
      return styled([dateNode(element.timestamp, String(element.format ?? ""), String(element.fallback ?? ""))], element.style);
    default:
      return el("span", { class: "note" }, `[${String(element.type)}]`);
  }
}

function withBreaks(text) {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [el("br"), line]));
}

function styled(nodes, style = {}) {
  const tags = { bold: "strong", italic: "em", strike: "del", code: "code" };
  let inner = nodes;
  for (const [name, tag] of Object.entries(tags)) if (style?.[name]) inner = [el(tag, {}, inner)];
  return el("span", {}, inner);
}
