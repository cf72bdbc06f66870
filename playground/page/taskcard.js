// One task at a cloud: how it stands, and the hands that move it.
import { api } from "./api.js";
import { shortKey } from "./completion.js";
import { el, reconcile, say } from "./dom.js";
import { icon } from "./icons.js";
import { slider } from "./slider.js";
import { stateWords } from "./taskstates.js";
import { tell, toast } from "./toast.js";

const SPEEDS = [0, 0.1, 0.5, 1, 2, 5, 10];

export function taskCard(first, fill) {
  let task = first;
  const change = (changes) => tell(() => api.changeTask(task.id, changes));

  const name = el("h4", {});
  const sign = el("span", { class: "sign", "aria-hidden": "true" });
  const state = el("span", { class: "state-word" });
  const key = el("code", { class: "key" });
  const copy = el("button", { class: "tiny", type: "button", "aria-label": "Copy task id", title: "Copy task id" }, icon("copy", 14));
  copy.addEventListener("click", () => copyKey(copy, task.key));
  const drag = slider({ change: (percent) => api.changeTask(task.id, { percent }) });
  const detail = el("div", { class: "task-detail" });
  const speed = el("select", { class: "select speed", title: "Percent per second" });
  speed.addEventListener("change", () => change({ speed: Number(speed.value) }));

  const act = (kind, label, changes) =>
    el("button", { class: `word act-${kind}`, type: "button", on: { click: () => change(changes()) } }, label);
  const pause = act("pause", "Pause", () => ({ running: task.actions?.includes("resume") ?? !task.running }));
  const finish = act("finish", "Finish", () => ({ finish: "succeeded" }));
  const fail = act("fail", "Fail", () => ({ finish: "failed", message: "Stopped by hand in the playground." }));
  const stop = act("stop", "Stop task", () => ({ finish: "stopped" }));
  const forget = el(
    "button",
    { class: "tiny", type: "button", "aria-label": "Forget", title: "Forget it: the cloud no longer knows it" },
    icon("trash", 15),
  );
  forget.addEventListener("click", () => tell(() => api.forgetTask(task.id)));
  const subscribe = el("button", { class: "button button-small", type: "button", on: { click: () => fill(task.command) } }, "Subscribe…");

  // The card in the chat stops the following; these act on the task itself.
  const hands = el(
    "div",
    { class: "task-hands", role: "group", title: "What happens to the task itself, at its cloud" },
    el("span", { class: "hands-label", "aria-hidden": "true" }, "Task:"),
    [pause, finish, fail, stop],
  );

  const node = el(
    "article",
    { class: "task", data: { task: task.id } },
    el("div", { class: "task-head" }, name, el("span", { class: "task-state" }, sign, state)),
    el("div", { class: "task-key" }, key, copy, speed),
    drag.node,
    detail,
    el("div", { class: "task-foot" }, subscribe, forget),
    hands,
  );

  function draw(next) {
    task = next;
    const stands = stateWords(task.state);
    say(name, task.name);
    name.title = task.name;
    say(sign, stands.sign);
    say(state, stands.word);
    state.title = task.raw_state ? `The cloud says ${task.raw_state}` : "";
    say(key, shortKey(task.key));
    key.title = task.key;
    node.dataset.state = task.state;
    node.setAttribute("aria-label", task.name);
    hands.setAttribute("aria-label", `What happens to the task ${task.name}`);
    drag.draw(task);
    say(detail, details(task));
    detail.hidden = detail.textContent === "";
    drawSpeed();
    const may = (action) => task.actions?.includes(action) ?? !task.terminal;
    const resumes = may("resume");
    pause.hidden = !(may("pause") || resumes);
    finish.hidden = !may("finish");
    fail.hidden = !may("fail");
    stop.hidden = !may("stop");
    say(pause, !resumes ? "Pause" : task.terminal ? "Run again" : "Resume");
  }

  function drawSpeed() {
    speed.hidden = task.terminal || !task.has_percent;
    speed.setAttribute("aria-label", `Speed of ${task.name}`);
    const wanted = SPEEDS.includes(task.speed) ? SPEEDS : [...SPEEDS, task.speed].sort((a, b) => a - b);
    reconcile(
      speed,
      wanted.map((value) => ({
        key: value,
        sig: "",
        build: () => el("option", { value: String(value) }, value === 0 ? "stands still" : `${value} %/s`),
      })),
    );
    if (speed.value !== String(task.speed)) speed.value = String(task.speed);
  }

  return { node, draw };
}

/** What else the cloud tells: phases on their way, lag, its own words. */
function details(task) {
  const done = (percent) => (percent >= 100 ? "✓" : percent > 0 ? `${Math.floor(percent)} %` : "–");
  const phases = (task.phases ?? []).map(({ name, percent }) => `${name} ${done(percent)}`);
  const lag = typeof task.lag_seconds === "number" ? `${Math.round(task.lag_seconds)} s late` : "";
  return [phases.join("   "), lag, task.message].filter(Boolean).join(" · ");
}

async function copyKey(button, key) {
  try {
    await navigator.clipboard.writeText(key);
    button.replaceChildren(icon("check", 14));
    button.addEventListener("blur", () => button.replaceChildren(icon("copy", 14)), { once: true });
  } catch {
    toast(`This browser does not let the page copy. The id is ${key}`);
  }
}
