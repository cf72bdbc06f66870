// Which addresses may be followed, and where plain text holds one.
import { el } from "./dom.js";

const DOMAINS = "com|net|org|io|dev|app|cloud|ai|cn|eu|de|uk|fr|info|co|me|xyz|example|test|ru|biz|link|click|site|online|top";
const BARE = new RegExp(
  `(?<![\\p{L}\\p{N}@._/-])(?:https?://[^\\s<>|"'\`]+|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?:${DOMAINS})(?![\\p{L}\\p{N}-])(?:[/?#][^\\s<>|"'\`]*)?)`,
  "giu",
);

/** The address if it is http or https, else null: nothing else is ever a link on this page. */
export function safeUrl(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}

export function linkNode(address, ...label) {
  const href = safeUrl(address);
  if (href === null) return el("span", {}, ...(label.length > 0 ? label : [address]));
  return el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href }, ...label);
}

/** *text* in pieces {text} and {text, url}, as Slack makes links of addresses nobody marked. */
export function splitLinks(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(BARE)) {
    const words = match[0].replace(/(?:[.,;:!?*_~]|&gt;|&lt;)+$/u, "").replace(/(?<!\([^)]*)\)+$/u, "");
    if (words === "") continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: words, url: /^https?:/i.test(words) ? words : `http://${words}` });
    end = match.index + words.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}
