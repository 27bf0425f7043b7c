/** Draws layout blocks as Slack does. */

import { actionElement } from "./action_elements.js";
import { h } from "./element.js";
import { inputBlock } from "./input_block.js";
import { richText } from "./rich_text.js";
import { textNodes } from "./text_objects.js";

/**
 * What drawing needs from the surface that the blocks stand on.
 *
 * @typedef {object} Surface
 * @property {"message" | "modal" | "home"} kind
 * @property {import("./directory.js").Directory} directory
 * @property {import("./field_values.js").FieldValues} fields what is in the inputs
 * @property {(element: object, blockId: string, value?: unknown) => Promise<unknown>} press
 * @property {(element: object, blockId: string, query: string) => Promise<object[]>} suggest
 */

const DRAW = {
  header: (block) => h("h3", { class: "block-header" }, textNodes(block.text)),
  section,
  actions: (block, surface) => h("div", { class: "block-actions" }, elementsOf(block, surface)),
  context,
  divider: () => h("hr", {}),
  image,
  input: inputBlock,
  rich_text: (block, surface) => h("div", { class: "block-rich" }, richText(block, surface.directory)),
  table,
  markdown: (block) => h("div", { class: "block-text" }, block.text),
};

/** Return the nodes of blocks. @param {object[]} blocks @param {Surface} surface */
export function drawBlocks(blocks, surface) {
  return blocks.map((block) => {
    const draw = DRAW[block.type] ?? unknown;
    const node = draw(block, surface);
    node.dataset.blockId = block.block_id ?? "";
    node.dataset.blockType = block.type;
    return node;
  });
}

function section(block, surface) {
  const { directory } = surface;
  const text = block.text && h("div", { class: "block-text" }, textNodes(block.text, directory));
  const fields = block.fields?.map((field) => h("div", { class: "field" }, textNodes(field, directory)));
  const accessory = block.accessory && accessoryNode(block, surface);
  const body = h("div", { class: "section-body" }, text, fields && h("div", { class: "fields" }, fields));
  return h("div", { class: "block-section" }, body, accessory && h("div", { class: "accessory" }, accessory));
}

function accessoryNode(block, surface) {
  const { accessory } = block;
  return accessory.type === "image" ? placeholder(accessory) : actionElement(accessory, block, surface);
}

function elementsOf(block, surface) {
  return block.elements.map((element) => actionElement(element, block, surface));
}

function context(block, surface) {
  const items = block.elements.map((element) =>
    element.type === "image" ? placeholder(element) : h("span", {}, textNodes(element, surface.directory)),
  );
  return h("div", { class: "block-context" }, items);
}

function image(block, surface) {
  const title = block.title && h("figcaption", {}, textNodes(block.title, surface.directory));
  return h("figure", { class: "block-image" }, title, placeholder(block));
}

/** Nothing is fetched from elsewhere: an image is shown by what it says of itself. */
function placeholder(element) {
  return h("span", { class: "image-placeholder", role: "img", "aria-label": element.alt_text }, element.alt_text);
}

function table(block, surface) {
  const [head, ...rest] = block.rows;
  const cells = (row, tag) => h("tr", {}, row.map((cell, column) => tableCell(cell, column, tag, block, surface)));
  const body = h("tbody", {}, rest.map((row) => cells(row, "td")));
  return h("div", { class: "block-table", tabindex: 0 }, h("table", {}, h("thead", {}, cells(head, "th")), body));
}

function tableCell(cell, column, tag, block, surface) {
  const settings = block.column_settings?.[column];
  const look = [settings?.align && `align-${settings.align}`, settings?.is_wrapped && "wrapped"].filter(Boolean);
  const content = cell.type === "rich_text" ? richText(cell, surface.directory) : String(cell.text);
  return h(tag, { class: look.join(" ") || null, scope: tag === "th" ? "col" : null }, content);
}

function unknown(block) {
  return h("p", { class: "quiet" }, `This page does not draw blocks of type ${block.type}.`);
}
