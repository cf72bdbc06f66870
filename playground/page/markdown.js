// The markdown block: enough of standard Markdown for headings, lists, quotes, code, emphasis and links.
import { el } from "./dom.js";
import { linkNode } from "./links.js";

const INLINE = /(`+)(.+?)\1|\[([^\]\n]+)\]\(([^()\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^*\s][^*]*)\*|(?<![\p{L}\p{N}])_([^_\s][^_]*)_(?![\p{L}\p{N}])/u;

export function markdown(text) {
  const nodes = [];
  const rows = text.split("\n");
  for (let i = 0; i < rows.length; ) {
    const [node, next] = piece(rows, i);
    if (node) nodes.push(node);
    i = next;
  }
  return nodes;
}

function piece(rows, start) {
  const row = rows[start];
  if (row.trim() === "") return [null, start + 1];
  if (/^```/.test(row)) {
    const found = rows.findIndex((other, index) => index > start && /^```\s*$/.test(other));
    const end = found < 0 ? rows.length : found;
    return [el("pre", { class: "code-block" }, el("code", {}, rows.slice(start + 1, end).join("\n"))), end + 1];
  }
  const heading = /^(#{1,6})\s+(.*)$/.exec(row);
  if (heading) {
    const props = { class: "md-heading", role: "heading", "aria-level": heading[1].length + 2 };
    return [el("p", props, inline(heading[2])), start + 1];
  }
  if (/^(?:-{3,}|\*{3,})\s*$/.test(row)) return [el("hr"), start + 1];
  for (const [pattern, build] of RUNS) {
    if (!pattern.test(row)) continue;
    const end = firstOther(rows, start, (other) => pattern.test(other));
    return [build(rows.slice(start, end).map((one) => one.replace(pattern, ""))), end];
  }
  const end = firstOther(rows, start, (other) => other.trim() !== "" && !/^(?:#|```|>|[-*+] |\d+[.)] )/.test(other));
  return [el("p", {}, broken(rows.slice(start, end))), end];
}

const items = (tag) => (rows) => el(tag, {}, rows.map((row) => el("li", {}, inline(row))));
const RUNS = [
  [/^\s*[-*+]\s+/, items("ul")],
  [/^\s*\d+[.)]\s+/, items("ol")],
  [/^>\s?/, (rows) => el("blockquote", {}, broken(rows))],
];

function firstOther(rows, start, same) {
  let end = start + 1;
  while (end < rows.length && same(rows[end])) end += 1;
  return end;
}

function broken(rows) {
  return rows.flatMap((row, index) => (index === 0 ? inline(row) : [el("br"), ...inline(row)]));
}

function inline(text, depth = 0) {
  const match = depth < 6 ? INLINE.exec(text) : null;
  if (match === null) return [text];
  const [whole, , code, label, url, bold, bold2, strike, it, it2] = match;
  const inner = (words) => inline(words, depth + 1);
  let node;
  if (code !== undefined) node = el("code", {}, code);
  else if (label !== undefined) node = linkNode(url, ...inner(label));
  else if (bold ?? bold2) node = el("strong", {}, inner(bold ?? bold2));
  else if (strike !== undefined) node = el("del", {}, inner(strike));
  else node = el("em", {}, inner(it ?? it2));
  return [text.slice(0, match.index), node, ...inline(text.slice(match.index + whole.length), depth)];
}
