// A task's progress, to be dragged or moved by keys; while a hand is on it the cloud's figures wait.
import { el, say } from "./dom.js";
import { tell } from "./toast.js";

/** `change(percent)` is awaited, so that at most one change is under way and the last one wins. */
export function slider({ change }) {
  const input = el("input", { type: "range", min: "0", max: "100", step: "1" });
  const figure = el("output", { class: "percent" });
  const node = el("div", { class: "progress" }, input, figure);
  let held = false;
  let wanted = null;
  let sending = false;

  function show(percent) {
    if (Number(input.value) !== Math.round(percent)) input.value = String(Math.round(percent));
    input.style.setProperty("--done", `${percent}%`);
    say(figure, `${Math.floor(percent)} %`);
  }

  async function send() {
    if (sending) return;
    sending = true;
    while (wanted !== null) {
      const percent = wanted;
      wanted = null;
      await tell(() => change(percent));
    }
    sending = false;
  }

  input.addEventListener("input", () => {
    wanted = Number(input.value);
    show(wanted);
    send();
  });
  input.addEventListener("pointerdown", () => {
    held = true;
  });
  for (const type of ["pointerup", "pointercancel", "change", "blur"]) {
    input.addEventListener(type, () => {
      held = false;
    });
  }

  return {
    node,
    draw(task) {
      node.hidden = !task.has_percent;
      input.setAttribute("aria-label", `Progress of ${task.name}`);
      input.setAttribute("aria-valuetext", `${Math.floor(task.percent ?? 0)} percent`);
      input.disabled = task.terminal;
      if (!held && !sending) show(task.percent ?? 0);
    },
  };
}
