/** What was said from this tab, to be said again. */

const KEPT = 50;
const KEY = "said";

export class SaidBefore {
  constructor() {
    this.at = null;
  }

  /** Remember a text as the last one. @param {string} text */
  add(text) {
    const others = all().filter((one) => one !== text);
    sessionStorage.setItem(KEY, JSON.stringify([...others, text].slice(-KEPT)));
    this.at = null;
  }

  /** Return the text that was recalled last, or null. */
  current() {
    return this.at === null ? null : (all()[this.at] ?? null);
  }

  /** Step back; null at the beginning. */
  older() {
    const texts = all();
    const to = (this.at ?? texts.length) - 1;
    if (to < 0) return null;
    this.at = to;
    return texts[to];
  }

  /** Step forward; an empty text after the last one, null where nothing was recalled. */
  newer() {
    if (this.at === null) return null;
    const texts = all();
    this.at = this.at + 1 < texts.length ? this.at + 1 : null;
    return this.at === null ? "" : texts[this.at];
  }
}

function all() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
}
