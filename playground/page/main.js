// Puts the page together: one store, one live connection, four columns.
import { api } from "./api.js";
import { cloudsPanel } from "./clouds.js";
import { suggest, suggestInThread } from "./completion.js";
import { composer } from "./composer.js";
import { conversation } from "./conversation.js";
import { readBy, refreshDates } from "./dates.js";
import { modal } from "./modal.js";
import { panes } from "./panes.js";
import { directory } from "./people.js";
import { catchPermalinks, point } from "./permalinks.js";
import { sidebar } from "./sidebar.js";
import { follow } from "./socket.js";
import { Store } from "./state.js";
import { threadPane } from "./thread.js";
import { tell, tellFor, toast } from "./toast.js";
import { tryThis } from "./trythis.js";

const DATES_MS = 20_000;
const part = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);

const store = new Store();
store.view.channel = address.get("channel");
store.view.tab = address.get("tab") === "home" ? "home" : "messages";
const layout = panes(part("tabs"));

const say = (thread_ts) => (text) =>
  tell(() => api.say({ user: store.me, channel: store.view.channel, text, ...(thread_ts && { thread_ts }) }));

/** What messages may ask of the page. */
const surface = {
  store,
  people: directory(store),
  openThread(ts) {
    store.look(store.view.channel, ts);
    layout.thread(true);
    layout.show("thread");
    // The pane comes with the next drawing; what is hidden takes no focus.
    requestAnimationFrame(() => replyBox.input.focus({ preventScroll: true }));
  },
  dismiss(id) {
    store.apply({ type: "ephemeral_deleted", id });
  },
  press: (message, action) =>
    tell(() => api.press({ user: store.me, channel: store.view.channel, message_ts: message.ts, ...action })),
};

const box = composer({
  id: "composer",
  label: "Message",
  place: () => store.view.channel,
  suggestions: (text) => suggest(text, store),
  shortcuts: () =>
    store.shortcuts.map(({ callback_id, name }) => ({
      label: name,
      note: store.workspace.bot.name,
      choose: () => tell(() => api.shortcut({ user: store.me, callback_id, channel: store.view.channel })),
    })),
  send: (text) => {
    middle.toEnd();
    return say()(text);
  },
});
const replyBox = composer({
  id: "reply",
  label: "Reply",
  place: () => store.view.thread,
  // Commands of apps do not run in threads; mentions do.
  suggestions: (text) => suggestInThread(text, store),
  send: (text) => say(store.view.thread)(text),
});

/** Put a command where it can be sent, whichever column one came from. */
function fill(command) {
  layout.show("chat");
  box.fill(command);
}

/** Look at a tab of the app; it hears of it, and the direct messages open where there were none. */
async function openApp(tab) {
  const user = store.me;
  const answer = await tellFor(() => api.home({ user, tab }));
  if (answer && user === store.me) store.look(answer.channel, null, tab);
  layout.show("chat");
}

function replyInThread(ts, text) {
  surface.openThread(ts);
  requestAnimationFrame(() => replyBox.fill(text));
}

const ideas = tryThis(store, { fill, replyInThread, openHome: () => openApp("home") });
const left = sidebar(part("sidebar"), store, {
  open(channel) {
    store.look(channel);
    layout.show("chat");
    box.input.focus({ preventScroll: true });
  },
  openApp: (unread) => openApp(unread ? "messages" : "home"),
  switchUser,
});
const middle = conversation(part("conversation"), store, surface, {
  composer: box,
  tryThis: ideas,
  showChannels: () => layout.show("channels"),
  toggleClouds: layout.toggleClouds,
  openHome: () => openApp("home"),
  openDirect: () => openApp("messages"),
  join: (channel) => tell(() => api.join({ user: store.me, channel })),
});
const form = modal(store, surface);
const beside = threadPane(part("thread"), store, surface, {
  composer: replyBox,
  close() {
    store.look(store.view.channel);
    box.input.focus({ preventScroll: true });
  },
});
const right = cloudsPanel(part("clouds"), store, { fill, close: layout.toggleClouds });

store.subscribe((topics) => {
  if (!store.ready) return;
  const has = (...names) => names.some((name) => topics.has(name));
  readBy({ timeZone: store.users.get(store.me)?.tz, ahead: store.clock.offset });
  if (has("people", "view")) left.draw();
  if (has("clock", "people")) left.drawClock();
  if (has("clock")) refreshDates(document);
  if (has("view")) layout.thread(store.view.thread !== null);
  if (has("modal")) form.answered();
  if (has("chat", "view", "home", "clock")) {
    middle.draw();
    beside.draw();
    const place = store.channels.get(store.view.channel);
    const channel = place?.is_im ? store.workspace.bot.name : `#${place?.name ?? ""}`;
    box.draw(`Message ${channel}`);
    replyBox.draw("Reply…");
    document.title = `${store.unread.size > 0 ? "* " : ""}${channel} | ${store.workspace.name}`;
    keepAddress();
    if (sought !== null) point(part("app"), sought);
    sought = null;
  }
  if (has("chat", "clouds", "view")) ideas.draw();
  if (has("clouds")) right.draw();
});

let sought = null;
catchPermalinks(part("app"), ({ channel, ts, thread }) => {
  if (!store.channels.has(channel)) {
    toast("That message is in a channel you do not see.");
    return;
  }
  sought = ts;
  store.look(channel, thread && thread !== ts ? thread : store.view.channel === channel ? store.view.thread : null);
  layout.show(thread && thread !== ts ? "thread" : "chat");
});

/** The address names the reader and the channel, so that a reload or a second window finds them. */
function keepAddress() {
  const query = new URLSearchParams({ user: store.me, channel: store.view.channel });
  if (store.view.tab === "home") query.set("tab", "home");
  const wanted = `?${query}`;
  if (location.search !== wanted) history.replaceState(null, "", wanted);
}

function onStatus(status) {
  const banner = part("banner");
  banner.hidden = status === "live";
  banner.textContent = status === "live" ? "" : "The playground does not answer. This page tries again by itself.";
  document.body.dataset.live = status;
}

let leave = () => {};
function switchUser(user) {
  const place = store.channels.get(store.view.channel);
  // Direct messages are everybody's own: whoever looked at the app looks at it as the next person too.
  let tab = store.view.tab === "home" || place?.is_im ? store.view.tab : null;
  leave();
  leave = follow(user, {
    onState(state) {
      store.load(state);
      // The app is told whose home is open, so that it can draw it.
      if (tab !== null) openApp(tab);
      tab = null;
    },
    onEvent: (event) => (event.type === "error" ? toast(event.text) : store.apply(event)),
    onStatus,
  });
}

setInterval(() => {
  refreshDates(document);
  left.drawClock();
}, DATES_MS);
switchUser(address.get("user") ?? "");
