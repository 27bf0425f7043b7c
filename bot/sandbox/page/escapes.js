/** Slack's escapes: `&`, `<` and `>`, and nothing else. */

const PLAIN = { amp: "&", lt: "<", gt: ">" };

/** Return a text with the three escapes undone, once. @param {string} text */
export function unescaped(text) {
  return text.replace(/&(amp|lt|gt);/g, (whole, name) => PLAIN[name]);
}
