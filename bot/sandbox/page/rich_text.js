/** Draws rich_text blocks: sections, lists, quotes and preformatted text. */

import { dateNode } from "./dates.js";
import { emoji } from "./emoji.js";
import { h } from "./element.js";
import { broadcastMention, channelMention, groupMention, personMention, webLink } from "./references.js";

const PARTS = {
  rich_text_section: (part, directory) => h("div", {}, leaves(part, directory)),
  rich_text_preformatted: (part, directory) => h("pre", {}, leaves(part, directory)),
  rich_text_quote: (part, directory) => h("blockquote", {}, leaves(part, directory)),
  rich_text_list: list,
};

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => webLink(leaf.url, [leaf.text ?? leaf.url]),
  emoji: (leaf) => emoji(leaf.name),
  user: (leaf, directory) => personMention(leaf.user_id, null, directory),
  usergroup: (leaf, directory) => groupMention(leaf.usergroup_id, null, directory),
  channel: (leaf, directory) => channelMention(leaf.channel_id, null, directory),
  broadcast: (leaf) => broadcastMention(leaf.range),
  date: (leaf) => dateNode(leaf.timestamp, leaf.format ?? "{date}", leaf.fallback ?? ""),
};

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

/** Return the nodes of a rich_text block or cell. */
export function richText(block, directory) {
  return block.elements.map((part) => PARTS[part.type]?.(part, directory) ?? "");
}

function list(part, directory) {
  const items = part.elements.map((item) => h("li", {}, leaves(item, directory)));
  const depth = Math.min(part.indent ?? 0, 6);
  return h(part.style === "ordered" ? "ol" : "ul", { class: `indent-${depth}`, start: orderStart(part) }, items);
}

function orderStart(part) {
  return part.style === "ordered" && part.offset ? part.offset + 1 : null;
}

function leaves(part, directory) {
  return part.elements.map((leaf) => dressed(LEAVES[leaf.type]?.(leaf, directory) ?? "", leaf.style));
}

function dressed(content, style) {
  if (typeof style !== "object" || style === null) return content;
  return Object.entries(STYLES).reduce((node, [name, tag]) => (style[name] === true ? h(tag, {}, node) : node), content);
}
