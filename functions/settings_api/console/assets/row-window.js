// A window on a long list: only the rows in sight and some around them are in the document, each at its place on a
// canvas as high as the whole list. A row that leaves the window shows the next one that enters it. The row that holds
// the focus is kept where it is, so that the focus never lands on another record by scrolling.

/** What is kept ready above and below, in rows. */
const AROUND = 12;
/** How long after scrolling the order in the document is put right, in milliseconds. */
const SETTLED = 150;

/** @template {HTMLElement} R */
export class RowWindow {
  #frame;
  #canvas;
  #height;
  #create;
  #update;
  #looking;
  #holds;
  /** @type {Map<number, R>} */
  #shown = new Map();
  /** @type {R[]} */
  #free = [];
  #length = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settle;
  #size = new ResizeObserver(() => this.render());

  /**
   * @param {object} list
   * @param {HTMLElement} list.frame what scrolls
   * @param {HTMLElement} list.canvas inside it, holds the rows
   * @param {number} list.height of a row
   * @param {() => R} list.create
   * @param {(row: R, index: number) => void} list.update
   * @param {(first: number, last: number) => void} list.looking told which rows are in the window
   * @param {(row: R) => boolean} [list.holds] whether a row has to stay although it is out of sight
   */
  constructor({ frame, canvas, height, create, update, looking, holds = hasFocus }) {
    this.#frame = frame;
    this.#canvas = canvas;
    this.#height = height;
    this.#create = create;
    this.#update = update;
    this.#looking = looking;
    this.#holds = holds;
    frame.addEventListener("scroll", () => this.render(), { passive: true });
    this.#size.observe(frame);
  }

  /** @param {number} length */
  set length(length) {
    if (length !== this.#length) {
      this.#length = length;
      this.#canvas.style.height = `${length * this.#height}px`;
    }
    this.render({ again: true });
  }

  /** The row element of an index, if it is in the window. @param {number} index */
  row(index) {
    return this.#shown.get(index);
  }

  /** The first row that is wholly in sight. */
  get firstInSight() {
    return Math.max(0, Math.min(this.#length - 1, Math.ceil(this.#frame.scrollTop / this.#height)));
  }

  /** How many rows fit. */
  get inSight() {
    return Math.max(1, Math.floor((this.#frame.clientHeight - this.#canvas.offsetTop) / this.#height));
  }

  /** Brings a row into sight and into the document. @param {number} index */
  reveal(index) {
    const top = index * this.#height;
    const visible = this.#frame.clientHeight - this.#canvas.offsetTop;
    const { scrollTop } = this.#frame;
    if (top < scrollTop) this.#frame.scrollTop = top;
    else if (top + this.#height > scrollTop + visible) this.#frame.scrollTop = top + this.#height - visible;
    this.render();
  }

  toTop() {
    this.#frame.scrollTop = 0;
    this.render();
  }

  /** @param {{again?: boolean}} [how] `again`: rows that are shown already may have changed */
  render({ again = false } = {}) {
    const { scrollTop, clientHeight } = this.#frame;
    if (clientHeight === 0) return;
    const first = Math.max(0, Math.floor(scrollTop / this.#height) - AROUND);
    const last = Math.min(this.#length, Math.ceil((scrollTop + clientHeight) / this.#height) + AROUND) - 1;
    for (const [index, row] of this.#shown) {
      const gone = index >= this.#length;
      if (!gone && ((index >= first && index <= last) || this.#holds(row))) {
        if (again) this.#update(row, index);
      } else {
        this.#shown.delete(index);
        this.#free.push(row);
      }
    }
    for (let index = first; index <= last; index += 1) if (!this.#shown.has(index)) this.#show(index);
    for (const row of this.#free) row.hidden = true;
    if (last >= first) this.#looking(first, last);
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#putInOrder(), SETTLED);
  }

  /** @param {number} index */
  #show(index) {
    let row = this.#free.pop();
    if (!row) {
      row = this.#create();
      this.#canvas.append(row);
    }
    row.hidden = false;
    row.style.transform = `translateY(${index * this.#height}px)`;
    this.#shown.set(index, row);
    this.#update(row, index);
  }

  /** Who reads the document line by line reads it in the list's order. What holds the focus is not moved. */
  #putInOrder() {
    for (const row of this.#free.splice(0)) row.remove();
    const rows = [...this.#shown].sort(([one], [other]) => one - other).map(([, row]) => row);
    const held = rows.findIndex(hasFocus);
    const pivot = Math.max(held, 0);
    for (let at = pivot - 1; at >= 0; at -= 1) {
      if (rows[at].nextElementSibling !== rows[at + 1]) rows[at + 1].before(rows[at]);
    }
    for (let at = pivot + 1; at < rows.length; at += 1) {
      if (rows[at - 1].nextElementSibling !== rows[at]) rows[at - 1].after(rows[at]);
    }
  }
}

/** @param {HTMLElement} row */
export function hasFocus(row) {
  return row.contains(document.activeElement);
}
