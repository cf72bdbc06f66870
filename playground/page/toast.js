// Short notices about what did not work; they wait until read, and hold while pointed at.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const READING_MS = 9000;

export function toast(text) {
  // Behind an open form nothing can be read or pressed.
  const region = document.querySelector("dialog[open] .dialog-notices") ?? document.getElementById("toasts");
  const close = el("button", { type: "button", "aria-label": "Close notice" }, icon("close", 16));
  const node = el("div", { class: "toast", role: "alert" }, el("span", { class: "text" }, String(text)), close);
  let timer = 0;
  const leave = () => node.remove();
  const arm = () => {
    timer = setTimeout(leave, READING_MS);
  };
  close.addEventListener("click", leave);
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("pointerleave", arm);
  region.append(node);
  while (region.children.length > 3) region.firstElementChild.remove();
  arm();
}

/** Run *work*; what goes wrong is said in a notice. Returns whether it went well. */
export async function tell(work) {
  return (await tellFor(work)) !== null;
}

/** The same for the answer of *work*; null where it went wrong. */
export async function tellFor(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    toast(error.message);
    return null;
  }
}
