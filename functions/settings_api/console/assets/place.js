// Where a popover stands: below its anchor, above it where there is no room below, always inside the window.

const GAP = 6;
const EDGE = 8;

/**
 * @param {HTMLElement} popover
 * @param {HTMLElement} anchor
 * @param {"start" | "end"} [align] which edges meet
 */
export function placeAt(popover, anchor, align = "start") {
  const from = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const wanted = align === "start" ? from.left : from.right - width;
  const left = Math.max(EDGE, Math.min(wanted, document.documentElement.clientWidth - width - EDGE));
  const below = from.bottom + GAP;
  const fits = below + height <= innerHeight - EDGE;
  const top = fits ? below : Math.max(EDGE, Math.min(from.top - height - GAP, innerHeight - height - EDGE));
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
}
