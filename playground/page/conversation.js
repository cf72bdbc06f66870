// Middle: the channel one looks at, its log and its composer.
import { clear, el, reconcile, say } from "./dom.js";
import { homeTab } from "./home.js";
import { icon } from "./icons.js";
import { drawMessages } from "./messages.js";
import { stickToEnd } from "./scroll.js";

export function conversation(root, store, surface, { composer, tryThis, showChannels, toggleClouds, openHome, openDirect, join }) {
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
  const [homeButton, messagesButton] = [tab("home", "Home", openHome), tab("messages", "Messages", openDirect)];
  const tabs = el("div", { class: "home-tabs", role: "tablist", "aria-label": "App", hidden: true }, homeButton, messagesButton);
  tabs.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const other = document.activeElement === homeButton ? messagesButton : homeButton;
    other.focus();
    other.click();
  });
  const homeInside = el("div", { class: "home-inside" });
  const home = el("div", { class: "home", id: "home-panel", role: "tabpanel", "aria-label": "App Home", tabindex: "0", hidden: true }, homeInside);
  const below = el("div", { class: "below" }, notice, tryThis.node, composer.node);
  clear(root, el("header", { class: "bar" }, menu, el("div", { class: "bar-title" }, title, topic), clouds), tabs, home, box, below);
  const end = stickToEnd(box);
  const inHome = homeTab(homeInside, store, surface);
  let shown = null;

  function drawTabs(channel) {
    const atHome = channel.is_im && store.view.tab === "home";
    tabs.hidden = !channel.is_im;
    home.hidden = !atHome;
    box.hidden = atHome;
    below.hidden = atHome;
    for (const [button, on] of [[homeButton, atHome], [messagesButton, !atHome]]) {
      button.setAttribute("aria-selected", on ? "true" : "false");
      button.tabIndex = on ? 0 : -1;
    }
    if (atHome) inHome.draw();
    return atHome;
  }

  function draw() {
    const channel = store.channels.get(store.view.channel);
    if (!channel) return;
    reconcile(title, [{ key: "name", sig: channel.name, build: () => el("span", {}, !channel.is_im && icon("hash"), called(channel)) }]);
    say(topic, channel.topic ?? "");
    reconcile(notice, notices(channel));
    if (drawTabs(channel)) {
      shown = null;
      return;
    }
    // Another reader reads other times.
    const now = `${store.me} ${channel.id}`;
    if (shown !== now) clear(log);
    const list = store.timeline(channel.id);
    drawMessages(log, list, surface);
    if (list.length === 0) reconcile(log, [{ key: "empty", sig: channel.id, build: empty }]);
    if (shown !== now) end.toEnd();
    shown = now;
  }

  function notices(channel) {
    if (channel.is_archived) return [{ key: "archived", sig: "", build: archived }];
    if (channel.absent?.includes(store.me)) return [{ key: "outside", sig: channel.id, build: () => outside(channel) }];
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

  function outside(channel) {
    const come = { type: "button", class: "link", on: { click: () => join(channel.id) } };
    return el("div", { class: "absent" }, `You are not in #${channel.name}: `, el("button", come, "join it"));
  }

  return { draw, toEnd: end.toEnd };
}

function tab(name, label, open) {
  return el("button", { class: "home-tab", type: "button", role: "tab", data: { tab: name }, on: { click: open } }, label);
}

function archived() {
  return el("div", { class: "absent" }, "This channel is archived: it can be read, and nothing can be posted.");
}

function empty() {
  return el("div", { class: "empty" }, "It is quiet here so far.");
}
