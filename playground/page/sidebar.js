// Left: the workspace, its channels, the app, and as whom one is looking.
import { isDark, onSystemTheme, toggleTheme } from "./appearance.js";
import { clear, el, reconcile, say } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./people.js";
import { wallClock } from "./wallclock.js";

export function sidebar(root, store, { open, switchUser, openApp }) {
  const name = el("h1", {}, "Playground");
  const channels = el("ul", { class: "side-list" });
  const apps = el("ul", { class: "side-list" });
  const people = el("div", { class: "people", role: "radiogroup", "aria-label": "Look as" });
  const clock = wallClock(store);
  const theme = el("button", { class: "side-button", type: "button" });
  theme.addEventListener("click", () => {
    toggleTheme();
    drawTheme();
  });
  clear(
    root,
    el("header", { class: "side-head" }, name, theme),
    el("div", { class: "side-scroll" }, el("h2", {}, "Channels"), channels, el("h2", {}, "Apps"), apps),
    el("footer", { class: "side-foot" }, el("h2", {}, "You are"), people, el("h2", {}, "Time"), clock.node),
  );

  function drawTheme() {
    const dark = isDark();
    theme.setAttribute("aria-label", dark ? "Switch to light" : "Switch to dark");
    theme.title = dark ? "Switch to light" : "Switch to dark";
    clear(theme, icon(dark ? "sun" : "moon"));
  }

  drawTheme();
  onSystemTheme(drawTheme);

  function draw() {
    say(name, store.workspace.name);
    reconcile(
      channels,
      [...store.channels.values()]
        .filter((channel) => !channel.is_im)
        .map((channel) => {
          const current = channel.id === store.view.channel;
          const unread = store.unread.has(channel.id);
          return {
            key: channel.id,
            sig: JSON.stringify([channel.name, current, unread]),
            build: () => el("li", {}, channelButton(channel, current, unread, open)),
          };
        }),
    );
    const { bot } = store.workspace;
    const words = bot.connected ? "connected" : "not connected";
    const direct = [...store.channels.values()].find((channel) => channel.is_im);
    const current = direct !== undefined && direct.id === store.view.channel;
    const unread = direct !== undefined && store.unread.has(direct.id);
    const build = () =>
      el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            class: `side-row${unread ? " unread" : ""}`,
            title: `${bot.name} is ${words}`,
            "aria-current": current ? "page" : undefined,
            data: { focus: "bot" },
            on: { click: () => openApp(unread) },
          },
          presence(bot.connected),
          el("span", { class: "side-name" }, bot.name ?? "App"),
          el("span", { class: "side-note", id: "bot-status", role: "status" }, words),
        ),
      );
    reconcile(apps, [{ key: "bot", sig: JSON.stringify([bot.name, bot.connected, direct?.id, current, unread]), build }]);
    reconcile(
      people,
      [...store.users.values()].map((user) => ({
        key: user.id,
        sig: JSON.stringify([user, store.me]),
        build: () => personButton(user, user.id === store.me, switchUser),
      })),
    );
  }

  return { draw, drawClock: clock.draw };
}

function presence(connected) {
  const dot = el("span", { class: `dot ${connected ? "dot-on" : "dot-off"}` });
  return el("span", { class: "presence" }, avatar({ app: true }, "avatar-tiny"), dot);
}

function channelButton(channel, current, unread, open) {
  const props = {
    type: "button",
    class: `side-row${unread ? " unread" : ""}`,
    "aria-current": current ? "page" : undefined,
    data: { focus: channel.id, channel: channel.id },
    on: { click: () => open(channel.id) },
  };
  return el("button", props, icon("hash", 16), el("span", { class: "side-name" }, channel.name));
}

function personButton(user, mine, switchUser) {
  const props = {
    type: "button",
    role: "radio",
    "aria-checked": mine ? "true" : "false",
    class: "person",
    data: { focus: user.id, user: user.id },
    on: { click: () => switchUser(user.id) },
  };
  const name = user.real_name ?? user.name;
  const about = user.is_guest ? "guest" : user.tz?.split("/").at(-1).replaceAll("_", " ");
  return el(
    "button",
    props,
    avatar({ id: user.id, name }, "avatar-tiny"),
    el("span", { class: "side-name" }, name),
    about && el("span", { class: "side-note" }, about),
  );
}
