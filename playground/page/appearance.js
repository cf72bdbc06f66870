// Light or dark: what the visitor chose, else what the system prefers.
import { remember } from "./memory.js";

const system = matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function toggleTheme() {
  const wanted = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = wanted;
  remember("theme", wanted);
}

/** Call *listener* when the system changes its mind. */
export function onSystemTheme(listener) {
  system.addEventListener("change", listener);
}
