// Slack's mrkdwn, from text to nodes. Every piece of it becomes a text node in a known element.
import { dateNode } from "./dates.js";
import { el } from "./dom.js";
import { emojiAt } from "./emoji.js";
import { linkNode, safeUrl, splitLinks } from "./links.js";
import { channelNode, groupNode, pingNode, userNode } from "./mentions.js";

const EMPHASIS = { "*": "strong", _: "em", "~": "del" };
const PING = /(?<![\p{L}\p{N}@])@(here|channel|everyone)(?![\p{L}\p{N}])/gu;
const WORD = /[\p{L}\p{N}]/u;

/** Slack knows exactly three entities. */
export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

/**
 * Nodes for *text*. `people` answers names; `verbatim` leaves bare addresses and names alone;
 * `pings` draws a bare @here as the ping that Slack makes of it in a text object.
 */
export function mrkdwn(text, people, { verbatim = false, pings = false } = {}) {
  const ctx = { people, verbatim, pings: pings && !verbatim, depth: 0 };
  const nodes = [];
  const fence = /```\n?([\s\S]+?)\n?```/g;
  let end = 0;
  for (const match of text.matchAll(fence)) {
    nodes.push(...lines(text.slice(end, match.index).replace(/\n$/, ""), ctx));
    nodes.push(el("pre", { class: "code-block" }, el("code", {}, quoted(match[1], ctx))));
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  nodes.push(...lines(end > 0 ? rest.replace(/^\n/, "") : rest, ctx));
  return nodes;
}

/** Runs of quoted lines become one quotation, all else stays a paragraph with its breaks. */
function lines(text, ctx) {
  if (text === "") return [];
  const nodes = [];
  let run = [];
  let quoting = false;
  const flush = () => {
    if (run.length === 0) return;
    const inner = inline(run.join("\n"), ctx);
    if (quoting) nodes.push(el("blockquote", {}, inner));
    else nodes.push(...inner);
    run = [];
  };
  for (const line of text.split("\n")) {
    const match = /^(?:&gt;|>) ?/.exec(line);
    if (Boolean(match) !== quoting) {
      flush();
      quoting = Boolean(match);
    }
    run.push(match ? line.slice(match[0].length) : line);
  }
  flush();
  return nodes;
}

function inline(text, ctx) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") nodes.push(...words(plain, ctx));
    plain = "";
  };
  let i = 0;
  while (i < text.length) {
    const found = at(text, i, ctx);
    if (found === null) plain += text[i++];
    else {
      flush();
      nodes.push(found.node);
      i = found.end;
    }
  }
  flush();
  return nodes;
}

/** What begins at *i* that is more than a character: {node, end}, or null. */
function at(text, i, ctx) {
  const char = text[i];
  if (char === "\n") return { node: el("br"), end: i + 1 };
  if (char === "<") {
    const end = tokenEnd(text, i);
    return end < 0 ? null : { node: token(text.slice(i + 1, end - 1), ctx), end };
  }
  if (char === "`") {
    const end = text.indexOf("`", i + 1);
    const inside = end < 0 ? "" : text.slice(i + 1, end);
    if (inside.trim() === "" || inside.includes("\n")) return null;
    return { node: el("code", {}, quoted(inside, ctx)), end: end + 1 };
  }
  if (char === ":") {
    const emoji = emojiAt(text.slice(i, i + 64));
    return emoji && { node: document.createTextNode(emoji.sign), end: i + emoji.length };
  }
  if (Object.hasOwn(EMPHASIS, char) && ctx.depth < 6) {
    const end = closing(text, i);
    if (end < 0) return null;
    const inner = inline(text.slice(i + 1, end), { ...ctx, depth: ctx.depth + 1 });
    return { node: el(EMPHASIS[char], {}, inner), end: end + 1 };
  }
  return null;
}

/** Where the emphasis that opens at *i* closes: at a word's end on the same line, outside code and tokens; else -1. */
function closing(text, i) {
  const mark = text[i];
  const before = text[i - 1];
  if (before !== undefined && (WORD.test(before) || before === mark)) return -1;
  if (text[i + 1] === undefined || /\s/.test(text[i + 1]) || text[i + 1] === mark) return -1;
  for (let j = i + 1; j < text.length && text[j] !== "\n"; j += 1) {
    if (text[j] === "<") j = Math.max(j, tokenEnd(text, j) - 1);
    else if (text[j] === "`") {
      const code = text.indexOf("`", j + 1);
      if (code > 0 && !text.slice(j, code).includes("\n")) j = code;
    } else if (text[j] === mark && !/\s/.test(text[j - 1])) {
      const after = text[j + 1];
      if (after === undefined || (!WORD.test(after) && after !== mark)) return j;
    }
  }
  return -1;
}

function tokenEnd(text, i) {
  const match = /^<[^<>\n]+>/.exec(text.slice(i, i + 4000));
  return match ? i + match[0].length : -1;
}

/** In code only the tokens work; everything else is as it was typed. */
function quoted(text, ctx) {
  return text.split(/(<[^<>\n]+>)/).map((part) =>
    /^<[^<>\n]+>$/.test(part) ? token(part.slice(1, -1), ctx) : unescape(part),
  );
}

function token(body, ctx) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? null : unescape(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return userNode(target.slice(1), ctx.people);
  if (/^#[CG][A-Z0-9]+$/.test(target)) return channelNode(target.slice(1), label, ctx.people);
  if (target.startsWith("!date^")) return dateToken(target, label ?? "");
  if (target.startsWith("!subteam^")) return groupNode(target.slice(9), label, ctx.people);
  if (target.startsWith("!")) return pingNode(label || target.slice(1));
  const address = unescape(target);
  if (safeUrl(address) !== null) return linkNode(address, label || address);
  return document.createTextNode(`<${unescape(body)}>`);
}

function dateToken(target, fallback) {
  const [, unix, format = "", link] = target.split("^");
  const node = dateNode(unix, unescape(format), fallback);
  return link && safeUrl(unescape(link)) ? linkNode(unescape(link), node) : node;
}

/** Plain stretches: bare addresses and pings come alive unless the text is verbatim. */
function words(text, ctx) {
  if (ctx.verbatim) return [unescape(text)];
  return splitLinks(text).flatMap((piece) => {
    if (piece.url) return [linkNode(unescape(piece.url), unescape(piece.text))];
    if (!ctx.pings) return [unescape(piece.text)];
    return piece.text.split(PING).map((part, odd) => (odd % 2 === 1 ? pingNode(part) : unescape(part)));
  });
}
