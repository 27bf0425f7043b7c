/** Inputs that offer what is known beforehand. */

import { freshId, h } from "./element.js";
import { textNodes } from "./text_objects.js";

/** Return a drop-down for one of several. @returns {import("./controls.js").Control} */
export function nativeSelect(element, block, surface, changed) {
  const input = h("select", { "data-action-id": element.action_id });
  input.append(h("option", { value: "" }, element.placeholder?.text ?? "Choose…"));
  for (const group of groupsOf(element, surface.directory)) input.append(...grouped(group));
  input.value = surface.fields.startOf(block.block_id, element.action_id, () => ownStart(element)) ?? "";
  const read = () => input.value || null;
  input.addEventListener("change", () => changed(read()));
  return { node: input, input, read };
}

/** Return radio buttons. @returns {import("./controls.js").Control} */
export function radioButtons(element, block, surface, changed) {
  const start = surface.fields.startOf(block.block_id, element.action_id, () => element.initial_option?.value);
  const { node, picked } = ticks("radio", element, surface, [start], () => changed(read()));
  const read = () => picked()[0] ?? null;
  return { node, read };
}

/** Return checkboxes. @returns {import("./controls.js").Control} */
export function checkboxes(element, block, surface, changed) {
  const own = () => (element.initial_options ?? []).map((option) => option.value);
  const start = surface.fields.startOf(block.block_id, element.action_id, own) ?? [];
  const { node, picked } = ticks("checkbox", element, surface, start, () => changed(picked()));
  return { node, read: picked };
}

/** Return a select for several, drawn as checkboxes. @returns {import("./controls.js").Control} */
export function manyOf(element, block, surface, changed) {
  const options = groupsOf(element, surface.directory).flatMap((group) => group.options);
  const ids = element.initial_users ?? element.initial_channels ?? element.initial_conversations ?? [];
  const initial = element.initial_options ?? ids.map((value) => ({ value }));
  return checkboxes({ ...element, options, initial_options: initial }, block, surface, changed);
}

function ticks(type, element, surface, start, changed) {
  const name = freshId(type);
  const inputs = [];
  const rows = element.options.map((option) => {
    const input = h("input", { type, name, value: option.value, onchange: changed });
    input.checked = start.includes(option.value);
    inputs.push(input);
    const hint = option.description && h("span", { class: "hint" }, textNodes(option.description, surface.directory));
    return h("label", { class: "tick" }, input, h("span", {}, textNodes(option.text, surface.directory), hint));
  });
  const node = h("div", { class: "ticks", role: type === "radio" ? "radiogroup" : "group" }, rows);
  node.dataset.actionId = element.action_id;
  return { node, picked: () => inputs.filter((input) => input.checked).map((input) => input.value) };
}

function groupsOf(element, directory) {
  if (element.option_groups) return element.option_groups;
  return [{ options: element.options ?? known(element.type, directory) }];
}

function known(type, directory) {
  const isPeople = type.includes("users");
  const found = isPeople ? [...directory.people.values()] : [...directory.channels.values()];
  const mark = isPeople ? "@" : "#";
  return found.map((one) => ({ value: one.id, text: { type: "plain_text", text: `${mark}${one.name}` } }));
}

function grouped(group) {
  const options = group.options.map((option) => h("option", { value: option.value }, option.text.text));
  return group.label ? [h("optgroup", { label: group.label.text }, options)] : options;
}

function ownStart(element) {
  return element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation;
}
