/** Draws what stands between < and > in a text: mentions, channels, groups, dates and links. */

import { dateNode } from "./dates.js";
import { h } from "./element.js";
import { unescaped } from "./escapes.js";

const LINKABLE = new Set(["http:", "https:", "mailto:"]);

/** Return the node of a reference. @param {string} inside what stands between the angle brackets */
export function referenceNode(inside, directory) {
  const [head, label] = split(inside, "|");
  if (head.startsWith("@")) return personMention(head.slice(1), label, directory);
  if (head.startsWith("#")) return channelMention(head.slice(1), label, directory);
  if (head.startsWith("!")) return special(head.slice(1), label, directory);
  const address = unescaped(head);
  return webLink(address, [label === null ? address.replace(/^mailto:/, "") : unescaped(label)]);
}

/** Return a link, or only its words where the address is none that a browser should open. */
export function webLink(address, words) {
  if (!isLinkable(address)) return h("span", {}, words);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** Whether an address may be opened. @param {string} address */
export function isLinkable(address) {
  try {
    return LINKABLE.has(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** Return "@name" as a mark. */
export function personMention(userId, label, directory) {
  const name = unescaped(directory.handleOf(userId, label));
  return h("span", { class: "mention", "data-mention": userId }, `@${name}`);
}

/** Return "#name" as a mark. */
export function channelMention(channelId, label, directory) {
  const name = directory.channels.get(channelId)?.name ?? (label ? unescaped(label) : channelId);
  return h("span", { class: "mention", "data-mention": channelId }, `#${name}`);
}

/** Return "@group" as a mark. */
export function groupMention(groupId, label, directory) {
  const handle = directory.groups.get(groupId)?.handle ?? unescaped(label ?? groupId).replace(/^@/, "");
  return h("span", { class: "mention", "data-mention": groupId }, `@${handle}`);
}

/** Return "@here", "@channel" or "@everyone" as a mark. */
export function broadcastMention(range) {
  return h("span", { class: "mention mention-all", "data-mention": range }, `@${range}`);
}

function special(head, label, directory) {
  const [kind, ...parts] = head.split("^");
  if (kind === "subteam") return groupMention(parts[0] ?? "", label, directory);
  if (kind === "date") return dateReference(parts, label);
  if (["here", "channel", "everyone"].includes(kind)) return broadcastMention(kind);
  return h("span", {}, unescaped(label ?? `<${head}>`));
}

function dateReference([seconds, format = "", link], fallback) {
  const moment = /^\d+$/.test(seconds ?? "") ? Number(seconds) : Number.NaN;
  const node = dateNode(moment, unescaped(format), unescaped(fallback ?? ""));
  return link ? webLink(unescaped(link), [node]) : node;
}

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
