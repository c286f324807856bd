// Times as people say them ("2 min ago"), in the viewer's own zone, with the exact time on hover. One timer keeps every
// time on the page fresh.

import { h, setAttribute, setText } from "./dom.js";

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const CIVIL_DAY = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

/**
 * @param {string} at RFC 3339
 * @param {number} [now] milliseconds
 */
export function relative(at, now = Date.now()) {
  const seconds = Math.round((now - Date.parse(at)) / 1000);
  const ahead = seconds < 0;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  if (size < 60) return ahead ? "in under a minute" : "under a minute ago";
  const minutes = Math.round(size / 60);
  const hours = Math.round(size / 3600);
  const days = Math.round(size / 86400);
  if (days > 30) return DAY.format(new Date(at));
  const amount = minutes < 60 ? `${minutes} min` : hours < 36 ? `${hours} h` : `${days} days`;
  return ahead ? `in ${amount}` : `${amount} ago`;
}

/** @param {string} at */
export function exact(at) {
  return EXACT.format(new Date(at));
}

/**
 * A moment as a list of past things shows it: "14:02" today, else "3 Nov, 14:02".
 *
 * @param {string} at RFC 3339
 * @param {Date} [now]
 */
export function moment(at, now = new Date()) {
  const date = new Date(at);
  return (date.toDateString() === now.toDateString() ? CLOCK : DAY_AND_CLOCK).format(date);
}

/**
 * A day: "3 Nov 2026".
 *
 * @param {string} at RFC 3339
 */
export function day(at) {
  return DAY.format(new Date(at));
}

/**
 * A day that is one everywhere, whatever the viewer's zone: "3 Nov 2026".
 *
 * @param {string} date such as `2026-11-03`
 */
export function civilDay(date) {
  return CIVIL_DAY.format(new Date(date));
}

/**
 * A length of time: "1 min 40 s".
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes === 0) return `${rest} s`;
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** A `<time>` that says how long ago something was and stays right. */
export function timeElement() {
  return h("time");
}

/**
 * @param {HTMLTimeElement} element
 * @param {string} at
 */
export function setTime(element, at) {
  setAttribute(element, "datetime", at);
  setAttribute(element, "title", exact(at));
  setText(element, relative(at));
}

/**
 * A `<time>` that says when something was, and keeps saying so.
 *
 * @param {string} at
 */
export function momentElement(at) {
  return h("time", { datetime: at, title: exact(at), "data-fixed": true }, moment(at));
}

/** Starts the timer; once per page. */
export function keepTimesFresh() {
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("time[datetime]:not([data-fixed])")) {
      setText(element, relative(/** @type {HTMLTimeElement} */ (element).dateTime));
    }
  }, 10_000);
}
