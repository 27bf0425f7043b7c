/** Draws the elements that hold a value; each gives its node and how to read the plain value. */

import { checkboxes, manyOf, nativeSelect, radioButtons } from "./choice_controls.js";
import { h } from "./element.js";
import { lookup } from "./lookup_control.js";
import { momentInput, textInput } from "./text_controls.js";

/**
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {HTMLElement} [input] the one to focus and to label; a group has none
 * @property {() => unknown} read
 */

const DRAW = {
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  rich_text_input: textInput,
  datepicker: momentInput,
  timepicker: momentInput,
  datetimepicker: momentInput,
  static_select: nativeSelect,
  users_select: nativeSelect,
  channels_select: nativeSelect,
  conversations_select: nativeSelect,
  multi_static_select: manyOf,
  multi_users_select: manyOf,
  multi_channels_select: manyOf,
  multi_conversations_select: manyOf,
  checkboxes,
  radio_buttons: radioButtons,
  external_select: lookup,
  multi_external_select: lookup,
};

/**
 * Return the control of an element.
 *
 * @param {import("./blocks.js").Surface} surface
 * @param {(value: unknown) => void} changed called when the person settled on a value
 * @returns {Control}
 */
export function control(element, block, surface, changed) {
  const draw = DRAW[element.type];
  if (draw) return draw(element, block, surface, changed);
  return { node: h("span", { class: "quiet" }, `This page has no input of type ${element.type}.`), read: () => null };
}
