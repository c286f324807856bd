// The course of a score as a line over its days, drawn as SVG between the nearest tens; the same in words for those who do
// not see it.

import { h } from "./dom.js";
import { percentWords } from "./score-words.js";
import { civilDay } from "./time.js";

/** @typedef {import("./score-words.js").Day} Day */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 120;
const STEP = 10;

/** @param {Day[]} days two at least, oldest first */
export function trendLine(days) {
  const [first, last] = [days[0], days[days.length - 1]];
  const words = `From ${percentWords(first.percent)} on ${civilDay(first.date)} to ${percentWords(last.percent)} on ${civilDay(last.date)}`;
  const [low, high] = bounds(days.map(({ percent }) => percent));
  const line = points(days, low, high);
  const drawing = shape("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": words,
  });
  drawing.append(
    shape("polygon", { points: `0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}` }),
    shape("polyline", { points: line }),
  );
  const scale = h("div", { class: "score-scale", "aria-hidden": "true" });
  scale.append(h("span", {}, percentWords(high)), h("span", {}, percentWords(low)));
  const span = h("figcaption", { class: "score-span" });
  span.append(h("span", {}, civilDay(first.date)), h("span", {}, civilDay(last.date)));
  return h("figure", { class: "score-course" }, scale, drawing, span);
}

/** The tens around all of them; never the same twice. @param {number[]} percents */
function bounds(percents) {
  const low = Math.max(0, Math.min(Math.floor(Math.min(...percents) / STEP) * STEP, 100 - STEP));
  return [low, Math.max(low + STEP, Math.ceil(Math.max(...percents) / STEP) * STEP)];
}

/**
 * A day without a score is passed over at its own width.
 *
 * @param {Day[]} days
 * @param {number} low
 * @param {number} high
 */
function points(days, low, high) {
  const times = days.map(({ date }) => Date.parse(date));
  const [from, to] = [times[0], times[times.length - 1]];
  return days
    .map(({ percent }, place) => {
      const x = ((times[place] - from) / (to - from)) * WIDTH;
      const y = HEIGHT - ((percent - low) / (high - low)) * HEIGHT;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
