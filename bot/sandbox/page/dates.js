/** Draws moments in the browser's own zone, in the formats of Slack's date tokens. */

import { h } from "./element.js";

const DAY_MS = 86_400_000;

const FORMATS = {
  date_num: (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`,
  date_slash: (day) => `${two(day.getMonth() + 1)}/${two(day.getDate())}/${day.getFullYear()}`,
  date: longDate,
  date_short: shortDate,
  date_long: (day) => `${worded(day, { weekday: "long" })}, ${longDate(day)}`,
  date_long_full: (day) => `${worded(day, { weekday: "long" })}, ${longDate(day)}`,
  date_pretty: (day) => nearDay(day) ?? longDate(day),
  date_short_pretty: (day) => nearDay(day) ?? shortDate(day),
  date_long_pretty: (day) => nearDay(day) ?? FORMATS.date_long(day),
  day_divider_pretty: (day) => nearDay(day) ?? dividerDate(day),
  time: (day) => clock(day, {}),
  time_secs: (day) => clock(day, { second: "2-digit" }),
  ago,
};

/**
 * Return the text of a date token, or null where its moment or a part of its format is unknown.
 *
 * @param {number} seconds since 1970
 * @param {string} format such as "{date_short_pretty} at {time}"
 */
export function dateText(seconds, format) {
  const day = new Date(seconds * 1000);
  if (Number.isNaN(day.getTime())) return null;
  let known = true;
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!Object.hasOwn(FORMATS, name)) known = false;
    return known ? FORMATS[name](day) : whole;
  });
  return known ? text : null;
}

/** Return a date token as a <time> that tells the whole moment when pointed at. */
export function dateNode(seconds, format, fallback) {
  const text = dateText(seconds, format);
  if (text === null) return document.createTextNode(fallback);
  const ticking = format.includes("{ago}") ? { "data-seconds": seconds, "data-format": format } : {};
  const day = new Date(seconds * 1000);
  return h("time", { datetime: day.toISOString(), title: wholeMoment(day), ...ticking }, text);
}

/** Write those times anew that say how long ago something was. @param {ParentNode} root */
export function renewAgo(root) {
  for (const node of root.querySelectorAll("time[data-seconds]")) {
    node.textContent = dateText(Number(node.dataset.seconds), node.dataset.format);
  }
}

/** Return "14:02" for Slack's ts or seconds. */
export function timeOfDay(ts) {
  return dateText(Number.parseFloat(ts), "{time}") ?? "";
}

/** Return the name of the day of Slack's ts. */
export function dayOf(ts) {
  const text = dateText(Number.parseFloat(ts), "{day_divider_pretty}") ?? "";
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wholeMoment(day) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" }).format(day);
}

function worded(day, options) {
  return new Intl.DateTimeFormat("en", options).format(day);
}

function longDate(day) {
  return `${worded(day, { month: "long" })} ${ordinal(day)}, ${day.getFullYear()}`;
}

function dividerDate(day) {
  return `${worded(day, { weekday: "long" })}, ${worded(day, { month: "long" })} ${ordinal(day)}`;
}

function shortDate(day) {
  return worded(day, { month: "short", day: "numeric", year: "numeric" });
}

function ordinal(day) {
  const number = day.getDate();
  const teen = number > 10 && number < 14;
  return `${number}${teen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th")}`;
}

function nearDay(day) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  const away = Math.round((midnight(day) - midnight(new Date())) / DAY_MS);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[away] ?? null;
}

function clock(day, more) {
  const text = day.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit", ...more });
  return text.replace(/\u202f/g, " ");
}

function ago(day) {
  const seconds = Math.round((day.getTime() - Date.now()) / 1000);
  const units = { day: 86_400, hour: 3600, minute: 60, second: 1 };
  const [unit, size] = Object.entries(units).find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

function two(number) {
  return String(number).padStart(2, "0");
}
