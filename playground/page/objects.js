// Composition objects that blocks and controls share: text and pictures.
import { el } from "./dom.js";
import { safeUrl } from "./links.js";
import { mrkdwn } from "./mrkdwn.js";
import { plain } from "./plain.js";

/** A text object: plain_text as it is, mrkdwn by its rules. */
export function textNodes(object, surface) {
  if (!object) return [];
  if (object.type !== "mrkdwn") return [plain(object)];
  return mrkdwn(String(object.text ?? ""), surface.people, { verbatim: object.verbatim === true, pings: true });
}

/** A picture that cannot be loaded leaves its words behind; pictures of strangers never load here. */
export function picture(object, kind) {
  const alt = String(object.alt_text ?? "");
  const address = safeUrl(object.image_url ?? "") ?? (String(object.image_url).startsWith("data:image/png") ? object.image_url : null);
  const words = () => el("span", { class: `image-missing ${kind}`, role: "img", "aria-label": alt }, alt || "Image");
  if (address === null) return words();
  const node = el("img", { class: kind, src: address, alt, loading: "lazy" });
  node.addEventListener("error", () => node.replaceWith(words()));
  return node;
}
