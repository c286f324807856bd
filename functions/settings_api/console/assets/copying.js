// Buttons that put a text on the clipboard and say so.

import { h, isOff, setAttribute, setOff, setText } from "./dom.js";
import { announce } from "./elements/toast-region.js";
import { icon } from "./icons.js";

/**
 * @param {string} label what the button says, such as "Copy"
 * @param {() => string} text asked for when it is pressed
 * @param {{what?: string, off?: string | null}} [how] `what` is copied, for those who do not see what stands beside it
 */
export function copyButton(label, text, { what = "", off = null } = {}) {
  const words = h("span", {}, label);
  const button = h("button", { class: "button quiet copy", type: "button" }, icon("copy"), words);
  setAttribute(button, "aria-label", what ? `${label} ${what}` : null);
  setOff(button, off);
  button.addEventListener("click", async () => {
    if (isOff(button)) return;
    const done = await navigator.clipboard.writeText(text()).then(
      () => "Copied",
      () => "Select and copy by hand",
    );
    setText(words, done);
    announce(done);
    setTimeout(() => setText(words, label), 2000);
  });
  return button;
}
