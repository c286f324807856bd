// Asking again and again, politely: one question at a time, at the pace the last answer calls for, never while the tab
// is hidden, and at once when it is looked at again or something was done.

export class Poll {
  #ask;
  #pace;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asking = false;
  #again = false;
  #stopped = true;

  /**
   * @param {() => Promise<void>} ask must not throw
   * @param {() => number} pace milliseconds until the next question
   */
  constructor(ask, pace) {
    this.#ask = ask;
    this.#pace = pace;
  }

  start() {
    this.#stopped = false;
    document.addEventListener("visibilitychange", this.#lookedAt);
    this.now();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#lookedAt);
  }

  /** Asks at once; if a question is on its way, once more after it, since its answer may be from before. */
  async now() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#asking = true;
    do {
      this.#again = false;
      await this.#ask();
    } while (this.#again && !this.#stopped);
    this.#asking = false;
    if (!this.#stopped && !document.hidden) this.#timer = setTimeout(() => this.now(), this.#pace());
  }

  #lookedAt = () => {
    if (document.hidden) clearTimeout(this.#timer);
    else if (!this.#stopped) this.now();
  };
}
