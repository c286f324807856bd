// The course of a score as a line, drawn as SVG; the same in words for those who do not see it.

import { h } from "./dom.js";
import { percentWords } from "./score-words.js";

/** @typedef {import("./score-words.js").Day} Day */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 120;
/** Room for the line's own width. */
const EDGE = 4;

/** @param {Day[]} days two at least, oldest first */
export function trendLine(days) {
  const [first, last] = [days[0], days[days.length - 1]];
  const words = `From ${percentWords(first.percent)} on ${first.date} to ${percentWords(last.percent)} on ${last.date}`;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", words);
  drawing.setAttribute("class", "score-trend");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points(days));
  drawing.append(line);
  return h("figure", { class: "score-course" }, drawing, h("figcaption", { class: "secondary" }, words));
}

/** A flat course runs through the middle. @param {Day[]} days */
function points(days) {
  const percents = days.map(({ percent }) => percent);
  const [low, high] = [Math.min(...percents), Math.max(...percents)];
  const span = high - low;
  return percents
    .map((percent, place) => {
      const x = EDGE + (place / (percents.length - 1)) * (WIDTH - 2 * EDGE);
      const up = span === 0 ? 0.5 : (percent - low) / span;
      return `${x.toFixed(1)},${(HEIGHT - EDGE - up * (HEIGHT - 2 * EDGE)).toFixed(1)}`;
    })
    .join(" ");
}
