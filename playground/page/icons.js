// Line icons, drawn on a grid of 20.
import { svg } from "./dom.js";

const PATHS = {
  hash: "M7.5 3.5 6 16.5M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5",
  thread: "M4 5.5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H9l-3.5 3v-3A2 2 0 0 1 4 10.5z",
  cloud: "M6 15.5a3.5 3.5 0 0 1-.4-7 4.6 4.6 0 0 1 8.9-.7A3.9 3.9 0 0 1 14 15.5z",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3.5 4.2 16.5 10l-13 5.8 2-5.8zM5.5 10h5",
  copy: "M7.5 7.5h8v8h-8zM4.5 12.5v-8h8",
  play: "M6.5 4.5v11l9-5.5z",
  pause: "M7 5v10M13 5v10",
  check: "M4.5 10.5 8.5 14.5l7-9",
  stop: "M5.5 5.5h9v9h-9z",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  plus: "M10 4.5v11M4.5 10h11",
  sun: "M10 6.7a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6zM10 2.3v1.5M10 16.2v1.5M2.3 10h1.5M16.2 10h1.5M4.6 4.6l1 1M14.4 14.4l1 1M15.4 4.6l-1 1M5.6 14.4l-1 1",
  moon: "M16 12.2A6.6 6.6 0 0 1 7.8 4a6.6 6.6 0 1 0 8.2 8.2z",
  back: "M11.5 5 6.5 10l5 5",
  clock: "M10 3.2a6.8 6.8 0 1 1 0 13.6 6.8 6.8 0 0 1 0-13.6zM10 6.2V10l2.6 2",
  bolt: "M11 2.8 4.8 11.2h4.4L8.6 17.2l6.6-8.6h-4.6z",
  chevron: "M6 8l4 4 4-4",
  panel: "M3.5 4.5h13v11h-13zM12 4.5v11",
  trash: "M4.5 6h11M8 6V4.5h4V6M6 6l.7 9.5h6.6L14 6",
  eye: "M2.5 10S5.2 5.2 10 5.2 17.5 10 17.5 10 14.8 14.8 10 14.8 2.5 10 2.5 10zM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
};

export function icon(name, size = 18) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" }, path);
}
