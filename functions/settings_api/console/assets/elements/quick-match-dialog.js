export class QuickMatchDialog extends HTMLElement {
  /** @param {string | null} value @param {any} columns */
  follow(value, columns) {}
}
customElements.define("quick-match-dialog", QuickMatchDialog);
