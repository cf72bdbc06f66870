// People, channels and pings, drawn so that nobody can overlook one.
import { el } from "./dom.js";

export function userNode(id, people) {
  const user = people.user(id);
  const mine = id === people.me ? " mention-me" : "";
  return el("span", { class: `mention${mine}`, data: { user: id } }, `@${user?.name ?? id}`);
}

export function channelNode(id, label, people) {
  return el("span", { class: "mention mention-channel" }, `#${people.channel(id)?.name ?? label ?? id}`);
}

export function groupNode(id, label, people) {
  return pingNode((people.group?.(id)?.handle ?? label ?? id).replace(/^@/, "") || id);
}

/** A ping reaches many at once; it carries its own colour and says so to a screen reader. */
export function pingNode(name) {
  return el("span", { class: "mention mention-ping", title: "Notifies people", data: { ping: name } }, `@${name}`);
}
