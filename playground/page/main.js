// Puts the page together: one store, one live connection, four columns.
import { api } from "./api.js";
import { cloudsPanel } from "./clouds.js";
import { suggest, suggestPeople } from "./completion.js";
import { composer } from "./composer.js";
import { conversation } from "./conversation.js";
import { refreshDates } from "./dates.js";
import { panes } from "./panes.js";
import { directory } from "./people.js";
import { catchPermalinks, point } from "./permalinks.js";
import { sidebar } from "./sidebar.js";
import { follow } from "./socket.js";
import { Store } from "./state.js";
import { threadPane } from "./thread.js";
import { tell, toast } from "./toast.js";
import { tryThis } from "./trythis.js";

const DATES_MS = 20_000;
const part = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);

const store = new Store();
store.view.channel = address.get("channel");
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
  suggestions: (text) => suggestPeople(text, store),
  send: (text) => say(store.view.thread)(text),
});

/** Put a command where it can be sent, whichever column one came from. */
function fill(command) {
  layout.show("chat");
  box.fill(command);
}

const ideas = tryThis(store, fill);
const left = sidebar(part("sidebar"), store, {
  open(channel) {
    store.look(channel);
    layout.show("chat");
    box.input.focus({ preventScroll: true });
  },
  mention: () => fill("/milepost "),
  switchUser,
});
const middle = conversation(part("conversation"), store, surface, {
  composer: box,
  tryThis: ideas,
  showChannels: () => layout.show("channels"),
  toggleClouds: layout.toggleClouds,
});
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
  if (has("people", "view")) left.draw();
  if (has("view")) layout.thread(store.view.thread !== null);
  if (has("chat", "view")) {
    middle.draw();
    beside.draw();
    const channel = store.channels.get(store.view.channel)?.name ?? "";
    box.draw(`Message #${channel}`);
    replyBox.draw("Reply…");
    document.title = `${store.unread.size > 0 ? "* " : ""}#${channel} | ${store.workspace.name}`;
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
  leave();
  leave = follow(user, {
    onState: (state) => store.load(state),
    onEvent: (event) => (event.type === "error" ? toast(event.text) : store.apply(event)),
    onStatus,
  });
}

setInterval(() => refreshDates(document), DATES_MS);
switchUser(address.get("user") ?? "");
