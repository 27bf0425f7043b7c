/** Draws text objects: mrkdwn with all its marks, plain text with emoji only. */

import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** Return the nodes of a text object; `directory` may be left out where only plain text can stand. */
export function textNodes(text, directory) {
  if (!text) return [];
  if (text.type === "mrkdwn") return mrkdwn(text.text, directory);
  return text.emoji === false ? [text.text] : withEmoji(text.text);
}
