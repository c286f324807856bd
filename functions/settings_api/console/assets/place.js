// Where a popover stands: below its anchor, above it where there is no room below, always inside the window. Where neither
// side has room for all of it, it is lower and scrolls rather than hide what it belongs to.

const GAP = 6;
const EDGE = 8;
/** With less room than this it covers its anchor. */
const ENOUGH = 320;

/**
 * @param {HTMLElement} popover
 * @param {HTMLElement} anchor
 * @param {"start" | "end"} [align] which edges meet
 */
export function placeAt(popover, anchor, align = "start") {
  popover.style.maxHeight = "";
  const from = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const wanted = align === "start" ? from.left : from.right - width;
  const left = Math.max(EDGE, Math.min(wanted, document.documentElement.clientWidth - width - EDGE));
  popover.style.left = `${left}px`;
  popover.style.top = `${topFor(popover, from, height)}px`;
}

/**
 * @param {HTMLElement} popover
 * @param {DOMRect} from
 * @param {number} height
 */
function topFor(popover, from, height) {
  const below = from.bottom + GAP;
  const [under, over] = [innerHeight - EDGE - below, from.top - GAP - EDGE];
  if (height <= under) return below;
  if (height <= over) return from.top - GAP - height;
  const room = Math.max(under, over);
  if (room < ENOUGH) return Math.max(EDGE, innerHeight - height - EDGE);
  popover.style.maxHeight = `${room}px`;
  return under >= over ? below : EDGE;
}
