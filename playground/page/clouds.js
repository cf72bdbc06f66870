// Right: the five clouds, each with its fault and its tasks.
import { api } from "./api.js";
import { clear, el, reconcile, say } from "./dom.js";
import { icon } from "./icons.js";
import { startForm } from "./startform.js";
import { taskCard } from "./taskcard.js";
import { tell } from "./toast.js";

/** The longest time that the bot lets pass after bad answers, where its polling is set as in the playground. */
const LOOKS_AGAIN_MS = 20_000;
const FAULTS = [
  ["none", "OK"],
  ["down", "Down"],
  ["throttled", "Throttled"],
  ["expired", "Token expired"],
  ["denied", "Refuses credentials"],
  ["nonsense", "Nonsense answers"],
  ["slow", "Slow"],
];

export function cloudsPanel(root, store, { fill, close }) {
  const list = el("div", { class: "cloud-list" });
  const shut = { class: "bar-button", type: "button", "aria-label": "Hide clouds panel", on: { click: close } };
  clear(
    root,
    el(
      "header",
      { class: "bar" },
      el("div", { class: "bar-title" }, el("h2", {}, "Clouds"), el("span", { class: "topic" }, "five stand-ins, yours to steer")),
      el("button", shut, icon("close")),
    ),
    el("div", { class: "cloud-scroll", tabindex: "0", role: "group", "aria-label": "Clouds, scrollable" }, list),
  );
  const cards = new Map();

  function draw() {
    reconcile(
      list,
      Object.keys(store.clouds).map((provider) => ({
        key: provider,
        sig: "",
        build: () => {
          const card = cloudCard(provider, fill);
          cards.set(provider, card);
          return card.node;
        },
      })),
    );
    for (const [provider, cloud] of Object.entries(store.clouds)) cards.get(provider)?.draw(cloud);
  }

  return { draw };
}

function cloudCard(provider, fill) {
  const title = el("h3", {});
  const account = el("code", { class: "account" });
  const calls = el("span", { class: "calls", title: "Requests this cloud has had" });
  const fault = el("select", { class: "select fault" }, FAULTS.map(([value, label]) => el("option", { value }, label)));
  const hint = recoveryHint();
  fault.addEventListener("change", () => {
    hint.chosen(fault.value, shown);
    tell(() => api.fault(provider, fault.value));
  });
  const tasks = el("div", { class: "tasks" });
  const start = startForm(provider);
  const node = el(
    "section",
    { class: "cloud", data: { provider } },
    el(
      "header",
      { class: "cloud-head" },
      el("span", { class: "lamp", "aria-hidden": "true" }),
      el("div", { class: "cloud-name" }, title, el("div", { class: "cloud-sub" }, account, calls)),
      fault,
    ),
    hint.node,
    tasks,
    start.node,
  );
  const cards = new Map();
  let shown = null;

  function draw(cloud) {
    shown = { fault: cloud.fault, calls: cloud.calls, alive: cloud.tasks.some((task) => !task.terminal) };
    hint.draw(cloud);
    say(title, cloud.title);
    say(account, cloud.account);
    say(calls, cloud.calls === 1 ? "1 call" : `${cloud.calls} calls`);
    node.dataset.fault = cloud.fault;
    node.setAttribute("aria-label", cloud.title);
    fault.setAttribute("aria-label", `How ${cloud.title} behaves`);
    if (document.activeElement !== fault || fault.value !== cloud.fault) fault.value = cloud.fault;
    start.draw(cloud);
    reconcile(
      tasks,
      cloud.tasks.map((task) => ({
        key: task.id,
        sig: "",
        build: () => {
          const card = taskCard(task, fill);
          cards.set(task.id, card);
          return card.node;
        },
      })),
    );
    for (const task of cloud.tasks) cards.get(task.id)?.draw(task);
    for (const id of cards.keys()) if (!cloud.tasks.some((task) => task.id === id)) cards.delete(id);
  }

  return { node, draw };
}

/** After a cloud is well again its cards still show the trouble, until the bot has looked: say so for that long. */
function recoveryHint() {
  const node = el("div", { class: "cloud-hint", role: "status" });
  let calls = Infinity;
  let timer = 0;

  function hide() {
    clearTimeout(timer);
    calls = Infinity;
    say(node, "");
  }

  return {
    node,
    /** *before* is how the cloud stood when the choice was made. */
    chosen(kind, before) {
      hide();
      if (kind !== "none" || before.fault === "none" || !before.alive) return;
      calls = before.calls;
      say(node, "The bot looks again within seconds, or press Refresh on the card.");
      timer = setTimeout(hide, LOOKS_AGAIN_MS);
    },
    draw(cloud) {
      if (cloud.fault === "none" && cloud.calls > calls) hide();
    },
  };
}
