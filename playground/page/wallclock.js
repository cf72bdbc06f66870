// The clock on the wall: what time it is for the reader, and the hands to move it.
import { api } from "./api.js";
import { full, present, time } from "./dates.js";
import { el, say } from "./dom.js";
import { openMenu } from "./floating.js";
import { icon } from "./icons.js";
import { tell } from "./toast.js";

const HOUR = 3600;

export function wallClock(store) {
  const words = el("span", { class: "clock-time" });
  const note = el("span", { class: "side-note" });
  const node = el("button", { class: "side-row clock", type: "button", "aria-haspopup": "menu" }, icon("clock", 16), words, note);
  const move = (change) => tell(() => api.clock({ user: store.me, ...change }));
  node.addEventListener("click", () =>
    openMenu(node, [
      { label: "One hour later", choose: () => move({ by: HOUR }) },
      { label: "Go to 23:00", note: "where quiet hours may have begun", choose: () => move({ to: "23:00" }) },
      { label: "Go to 07:00", note: "the next morning", choose: () => move({ to: "07:00" }) },
      { label: "Back to real time", choose: () => move({ back: true }) },
    ]),
  );

  function draw() {
    const ahead = store.clock.offset;
    const place = store.users.get(store.me)?.tz?.split("/").at(-1).replaceAll("_", " ") ?? "";
    say(words, time(present()));
    say(note, ahead === 0 ? place : span(ahead));
    node.classList.toggle("clock-moved", ahead !== 0);
    node.title = `${full(present())} in ${place}. Move the clock: tasks go on at their own pace.`;
    node.setAttribute("aria-label", `Time: ${words.textContent} in ${place}${ahead === 0 ? "" : `, moved ${span(ahead)}`}. Move the clock`);
  }

  return { node, draw };
}

function span(seconds) {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const parts = days > 0 ? [`${days} d`, hours % 24 && `${hours % 24} h`] : [hours && `${hours} h`, minutes % 60 && `${minutes % 60} min`];
  return `${seconds < 0 ? "−" : "+"}${parts.filter(Boolean).join(" ") || "0 min"}`;
}
