// Slack's date tokens, in the reader's own zone and language, by the clock on the playground's wall.
import { el } from "./dom.js";

const DAY = 86_400_000;
let zone;
let offset = 0;
let formats = new Map();

/** Whose zone times are told in (an IANA name, undefined: the browser's), and by how many seconds the clock is ahead. */
export function readBy({ timeZone = zone, ahead = offset / 1000 }) {
  offset = ahead * 1000;
  if (timeZone === zone) return;
  zone = timeZone;
  formats = new Map();
}

/** The moment on the wall. */
export function present() {
  return new Date(Date.now() + offset);
}

const show = (name, options, language) => (date) => {
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(language, { ...options, timeZone: zone }));
  return formats.get(name).format(date);
};

/** 2026-09-21: Sweden writes dates as the standard does. */
const number = show("number", { year: "numeric", month: "2-digit", day: "2-digit" }, "sv-SE");
const medium = show("medium", { year: "numeric", month: "long", day: "numeric" });
const short = show("short", { year: "numeric", month: "short", day: "numeric" });
const long = show("long", { weekday: "long", year: "numeric", month: "long", day: "numeric" });
export const time = show("time", { hour: "numeric", minute: "2-digit" });
const seconds = show("seconds", { hour: "numeric", minute: "2-digit", second: "2-digit" });
const weekday = show("weekday", { weekday: "long", month: "long", day: "numeric" });

const pretty = (plain) => (date, now) => {
  const days = Math.round((midnight(date) - midnight(now)) / DAY);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? plain(date);
};

const TOKENS = {
  date_num: number,
  date: medium,
  date_short: short,
  date_long: long,
  date_pretty: pretty(medium),
  date_short_pretty: pretty(short),
  date_long_pretty: pretty(long),
  time,
  time_secs: seconds,
  ago,
};

/** The day as a number that grows by DAY from one to the next, whatever the clocks did between. */
function midnight(date) {
  return Date.parse(number(date));
}

/** The same for all moments of one day in the reader's zone. */
export function dayOf(date) {
  return number(date);
}

/** Day and time, for whoever points at a short form. */
export function full(date) {
  return `${medium(date)}, ${seconds(date)}`;
}

export function ago(date, now) {
  const past = now - date;
  const amount = Math.abs(past);
  const units = [["second", 60], ["minute", 3600], ["hour", DAY / 1000], ["day", Infinity]];
  const sizes = { second: 1, minute: 60, hour: 3600, day: 86_400 };
  const unit = units.find(([, limit]) => amount / 1000 < limit)[0];
  const count = Math.floor(amount / 1000 / sizes[unit]);
  if (unit === "second" && count < 10) return "just now";
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return past >= 0 ? `${words} ago` : `in ${words}`;
}

/** The words for *format* at *unix*, or null where Slack would show the fallback. */
export function dateWords(unix, format, now = present()) {
  if (!/^-?\d{1,12}$/.test(String(unix)) || !/\{\w+\}/.test(format)) return null;
  const date = new Date(Number(unix) * 1000);
  let known = true;
  const words = format.replace(/\{(\w*)\}/g, (_, token) => {
    if (Object.hasOwn(TOKENS, token)) return TOKENS[token](date, now);
    known = false;
    return "";
  });
  // Slack begins a phrase with "Today", and says "today" in the middle of one.
  return known ? words.replace(/^(today|yesterday|tomorrow)/, (word) => word[0].toUpperCase() + word.slice(1)) : null;
}

/** A <time> that keeps "5 minutes ago" true; words as in dateWords, or *fallback*. */
export function dateNode(unix, format, fallback) {
  const words = dateWords(unix, format);
  if (words === null) return el("span", { class: "date" }, fallback);
  const date = new Date(Number(unix) * 1000);
  return el("time", { class: "date", datetime: date.toISOString(), title: full(date), data: { unix, format } }, words);
}

/** Renew each date on the page whose words depend on the moment. */
export function refreshDates(root) {
  for (const node of root.querySelectorAll("time[data-format]")) {
    const words = dateWords(node.dataset.unix, node.dataset.format);
    if (words !== null && words !== node.textContent) node.textContent = words;
  }
}

/** The line between two days of a conversation. */
export function dayWords(date, now = present()) {
  const words = pretty(weekday)(date, now);
  return words[0].toUpperCase() + words.slice(1);
}
