// Middle: the channel one looks at, its log and its composer.
import { clear, el, reconcile, say } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessages } from "./messages.js";
import { stickToEnd } from "./scroll.js";

export function conversation(root, store, surface, { composer, tryThis, showChannels, toggleClouds }) {
  const title = el("h2", {});
  const topic = el("span", { class: "topic" });
  const notice = el("div", { class: "absent-slot" });
  const log = el("div", { class: "log", role: "log", "aria-label": "Messages", "aria-relevant": "additions" });
  const box = el("div", { class: "scroll", tabindex: "0", "aria-label": "Messages, scrollable", role: "group" }, log);
  const menu = el(
    "button",
    { class: "bar-button only-narrow", type: "button", "aria-label": "Channels", on: { click: showChannels } },
    icon("menu"),
  );
  const clouds = el(
    "button",
    { class: "bar-button clouds-toggle", type: "button", "aria-controls": "clouds", title: "Clouds panel", on: { click: toggleClouds } },
    icon("cloud"),
    el("span", {}, "Clouds"),
  );
  clear(
    root,
    el("header", { class: "bar" }, menu, el("div", { class: "bar-title" }, title, topic), clouds),
    box,
    el("div", { class: "below" }, notice, tryThis.node, composer.node),
  );
  const end = stickToEnd(box);
  let shown = null;

  function draw() {
    const channel = store.channels.get(store.view.channel);
    if (!channel) return;
    reconcile(title, [{ key: "name", sig: channel.name, build: () => el("span", {}, !channel.is_im && icon("hash"), called(channel)) }]);
    say(topic, channel.topic ?? "");
    reconcile(notice, notices(channel));
    if (shown !== channel.id) clear(log);
    const list = store.timeline(channel.id);
    drawMessages(log, list, surface);
    if (list.length === 0) reconcile(log, [{ key: "empty", sig: channel.id, build: empty }]);
    if (shown !== channel.id) end.toEnd();
    shown = channel.id;
  }

  function notices(channel) {
    if (channel.is_archived) return [{ key: "archived", sig: "", build: archived }];
    return channel.bot_in === false ? [{ key: "absent", sig: "", build: absent }] : [];
  }

  /** Direct messages are named for the other side. */
  function called(channel) {
    return channel.is_im ? store.workspace.bot.name : channel.name;
  }

  function absent() {
    const name = store.workspace.bot.name ?? "The app";
    const command = "/invite @milepost";
    const invite = { type: "button", class: "link", on: { click: () => composer.fill(command) } };
    return el("div", { class: "absent" }, `${name} is not in this channel: `, el("button", invite, command));
  }

  return { draw, toEnd: end.toEnd };
}

function archived() {
  return el("div", { class: "absent" }, "This channel is archived: it can be read, and nothing can be posted.");
}

function empty() {
  return el("div", { class: "empty" }, "It is quiet here so far.");
}
