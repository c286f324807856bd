// The few line icons that the pages use, drawn here so that nothing is fetched from elsewhere. Always beside a word or
// on a control with a label, hence hidden from assistive technology.

const PATHS = {
  alert: "M8 5v3.5M8 11v.01M8 1.8 14.6 13.4H1.4z",
  arrow: "M3 8h10M9 4l4 4-4 4",
  back: "M13 8H3M7 4 3 8l4 4",
  both: "M2.5 5.5h10l-2.5-2.5M13.5 10.5h-10L6 13",
  check: "m3 8.5 3.2 3.2L13 4.8",
  chevron: "m6 3.5 4.5 4.5L6 12.5",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  dots: "M3 8h.01M8 8h.01M13 8h.01",
  down: "m3.5 6 4.5 4.5L12.5 6",
  download: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M2.5 13.5h11",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  gear: "M8 1.6 13.5 4.8v6.4L8 14.4 2.5 11.2V4.8zM8 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
  grip: "M6 4h.01M6 8h.01M6 12h.01M10 4h.01M10 8h.01M10 12h.01",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  minus: "M4 8h8",
  plus: "M8 3v10M3 8h10",
  question: "M5.8 5.8a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.7M8 12v.01",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  sync: "M13 6.5A5.3 5.3 0 0 0 3.6 5M3 9.5a5.3 5.3 0 0 0 9.4 1.5M3.3 2v3h3M12.7 14v-3h-3",
  unlink:
    "M6.5 9.5 5 11a2.1 2.1 0 0 1-3-3l2-2M9.5 6.5 11 5a2.1 2.1 0 0 1 3 3l-2 2M5.5 2.5v1.5M2.5 5.5H4M10.5 13.5V12M13.5 10.5H12",
  up: "m3.5 10 4.5-4.5 4.5 4.5",
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", name === "dots" || name === "grip" ? "2.2" : "1.5");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}
