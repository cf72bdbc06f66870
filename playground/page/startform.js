// "Start a task": what kind of day it will have.
import { api } from "./api.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { tell } from "./toast.js";

const SCENARIOS = {
  steady: "runs steadily",
  queued: "waits in the queue first",
  stalls: "rests at 67 % for a while",
  jumps: "tells few figures",
  fails: "fails at 60 %",
  "failed-files": "ends with failed files",
  "map-only": "tells phases, no total",
  "never-checked": "is never started",
};
const MODES = {
  FULL_INCR_TRANS: "copy, then in sync",
  FULL_TRANS: "copy once",
  INCR_TRANS: "changes only",
};
const LANGUAGES = {
  en: "states in English",
  zh: "states in Chinese",
};

export function startForm(provider) {
  const scenario = el("select", { class: "select" });
  const mode = el("select", { class: "select" });
  const language = el("select", { class: "select" });
  const button = el("button", { class: "button button-small", type: "button" }, icon("plus", 14), "Start a task");
  button.addEventListener("click", () =>
    tell(() => api.startTask(provider, { scenario: scenario.value, ...chosen("mode", mode), ...chosen("language", language) })),
  );
  const node = el("div", { class: "start" }, button, scenario, mode, language);

  function draw(cloud) {
    choices(scenario, SCENARIOS, cloud.scenarios ?? ["steady"]);
    choices(mode, MODES, cloud.modes ?? []);
    choices(language, LANGUAGES, cloud.languages ?? []);
    mode.hidden = mode.options.length < 2;
    language.hidden = language.options.length < 2;
    scenario.setAttribute("aria-label", `How a new task at ${cloud.title} goes`);
    mode.setAttribute("aria-label", `What a new task at ${cloud.title} does`);
    language.setAttribute("aria-label", `What language a new task at ${cloud.title} speaks`);
    button.setAttribute("aria-label", `Start a task at ${cloud.title}`);
  }

  return { node, draw };
}

function chosen(name, select) {
  return select.hidden ? {} : { [name]: select.value };
}

/** The names this cloud knows, in our order; one without words of ours stands under its own name. */
function choices(select, words, names) {
  const known = [...Object.keys(words).filter((name) => names.includes(name)), ...names.filter((name) => !(name in words))];
  reconcile(
    select,
    known.map((name) => ({ key: name, sig: "", build: () => el("option", { value: name }, words[name] ?? name) })),
  );
}
