// plain_text: never parsed, except for short names of emoji where the object allows them.
import { emojiAt } from "./emoji.js";

export function plain(object) {
  if (typeof object === "string") return object;
  const text = String(object?.text ?? "");
  if (object?.emoji === false) return text;
  return text.replace(/:[a-z0-9_+'-]{1,60}:/g, (name) => emojiAt(name)?.sign ?? name);
}
