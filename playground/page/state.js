// What the page knows: the control state plus every event since, and what the visitor is looking at.

/** Topics say which part of the page must look again: "chat", "clouds", "people", "view", "home", "modal", "clock". */
export class Store {
  constructor() {
    this.ready = false;
    this.me = null;
    this.workspace = { name: "Playground", bot: {} };
    this.users = new Map();
    this.channels = new Map();
    this.messages = new Map();
    this.ephemerals = new Map();
    this.groups = new Map();
    this.commands = [];
    this.shortcuts = [];
    this.modals = [];
    this.home = null;
    this.fieldErrors = {};
    this.clock = { offset: 0 };
    this.clouds = {};
    this.view = { channel: null, thread: null, tab: "messages" };
    this.unread = new Set();
    this.listeners = new Set();
    this.pending = new Set();
  }

  subscribe(listener) {
    this.listeners.add(listener);
  }

  /** Tell the page once per frame, however many events came in it. */
  touch(...topics) {
    if (this.pending.size === 0) {
      requestAnimationFrame(() => {
        const due = this.pending;
        this.pending = new Set();
        for (const listener of this.listeners) listener(due);
      });
    }
    for (const topic of topics) this.pending.add(topic);
  }

  load(state) {
    this.ready = true;
    this.me = state.me;
    this.workspace = state.workspace;
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.messages = new Map();
    for (const [channel, list] of Object.entries(state.messages ?? {})) {
      this.messages.set(channel, new Map(list.map((message) => [message.ts, message])));
    }
    this.ephemerals = new Map((state.ephemerals ?? []).map((one) => [one.id, one]));
    this.groups = new Map((state.groups ?? []).map((group) => [group.id, group]));
    this.commands = state.commands ?? [];
    this.shortcuts = state.shortcuts ?? [];
    this.modals = state.modals ?? [];
    this.home = state.home ?? null;
    this.fieldErrors = {};
    this.clock = state.clock ?? { offset: 0 };
    this.clouds = state.clouds ?? {};
    this.stay();
    this.touch("chat", "clouds", "people", "view", "home", "modal", "clock");
  }

  apply(event) {
    const change = CHANGES[event.type];
    if (change) this.touch(...change(this, event));
  }

  /** Whoever looked at a channel that is gone, or that this person does not see, looks at the first one. */
  stay() {
    if (this.channels.has(this.view.channel)) return;
    const first = [...this.channels.values()].find((channel) => !channel.is_im);
    this.view = { channel: first?.id ?? null, thread: null, tab: "messages" };
  }

  look(channel, thread = null, tab = "messages") {
    this.view = { channel, thread, tab };
    this.unread.delete(channel);
    this.touch("view", "chat", "people");
  }

  /** What stands in a channel, oldest first: messages, broadcasts and this reader's private answers. */
  timeline(channel) {
    const shown = [...this.ofChannel(channel)].filter((message) => !isReply(message) || message.subtype === "thread_broadcast");
    const own = this.privateIn(channel).filter((one) => !one.thread_ts);
    return inOrder([...shown, ...own]);
  }

  /** The replies of each thread in a channel, by its parent, oldest first. */
  threads(channel) {
    const found = new Map();
    for (const message of inOrder([...this.ofChannel(channel)].filter(isReply))) {
      if (!found.has(message.thread_ts)) found.set(message.thread_ts, []);
      found.get(message.thread_ts).push(message);
    }
    return found;
  }

  /** One thread without its parent, with this reader's private answers. */
  thread(channel, ts) {
    const own = this.privateIn(channel).filter((one) => one.thread_ts === ts);
    return inOrder([...(this.threads(channel).get(ts) ?? []), ...own]);
  }

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts);
  }

  ofChannel(channel) {
    return this.messages.get(channel)?.values() ?? [];
  }

  privateIn(channel) {
    return [...this.ephemerals.values()].filter((one) => one.channel === channel && (!one.user || one.user === this.me));
  }

  tasks() {
    return Object.values(this.clouds).flatMap((cloud) => cloud.tasks ?? []);
  }
}

export function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

function inOrder(list) {
  return list.sort((a, b) => Number(a.ts) - Number(b.ts));
}

function putMessage(store, { channel, message }) {
  if (!store.messages.has(channel)) store.messages.set(channel, new Map());
  store.messages.get(channel).set(message.ts, message);
  return ["chat"];
}

function putEphemeral(store, { id, ephemeral }) {
  store.ephemerals.set(ephemeral.id ?? id, { ...ephemeral, id: ephemeral.id ?? id });
  return ["chat"];
}

function putTask(store, { task }) {
  const cloud = store.clouds[task.provider];
  if (!cloud) return [];
  const at = cloud.tasks.findIndex((one) => one.id === task.id);
  if (at < 0) cloud.tasks.push(task);
  else cloud.tasks[at] = task;
  return ["clouds"];
}

const CHANGES = {
  message(store, event) {
    const topics = putMessage(store, event);
    if (event.channel === store.view.channel || isReply(event.message)) return topics;
    store.unread.add(event.channel);
    return [...topics, "people"];
  },
  message_changed: putMessage,
  message_deleted(store, { channel, ts }) {
    store.messages.get(channel)?.delete(ts);
    return ["chat"];
  },
  ephemeral: putEphemeral,
  ephemeral_replaced: putEphemeral,
  ephemeral_deleted(store, { id }) {
    store.ephemerals.delete(id);
    return ["chat"];
  },
  channel(store, { channel }) {
    store.channels.set(channel.id, channel);
    return ["people", "view", "chat"];
  },
  channel_deleted(store, { id }) {
    store.channels.delete(id);
    store.unread.delete(id);
    store.stay();
    return ["people", "view", "chat"];
  },
  views(store, { modals, home }) {
    const before = store.modals.map((view) => view.id + view.hash).join();
    store.modals = modals;
    store.home = home;
    if (modals.map((view) => view.id + view.hash).join() === before) return ["home"];
    store.fieldErrors = {};
    return ["home", "modal"];
  },
  view_errors(store, { view_id, errors }) {
    store.fieldErrors = { view_id, errors };
    return ["modal"];
  },
  clock(store, { offset }) {
    store.clock = { offset };
    return ["clock"];
  },
  bot(store, { connected }) {
    store.workspace.bot.connected = connected;
    return ["people", "home"];
  },
  task: putTask,
  task_deleted(store, { id }) {
    for (const cloud of Object.values(store.clouds)) cloud.tasks = cloud.tasks.filter((task) => task.id !== id);
    return ["clouds"];
  },
  cloud(store, { provider, fault, calls }) {
    const cloud = store.clouds[provider];
    if (!cloud) return [];
    if (fault !== undefined) cloud.fault = fault;
    if (calls !== undefined) cloud.calls = calls;
    return ["clouds"];
  },
};
