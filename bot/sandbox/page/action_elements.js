/** Draws the elements that act at once: buttons, menus and inputs in sections and actions blocks. */

import { ask } from "./confirm_dialog.js";
import { control } from "./controls.js";
import { h } from "./element.js";
import { menuButton } from "./menu.js";
import { isLinkable } from "./references.js";
import { textNodes } from "./text_objects.js";

const MENUS = new Set(["static_select", "users_select", "channels_select", "conversations_select"]);

/** Return an element that acts when it is used. @param {import("./blocks.js").Surface} surface */
export function actionElement(element, block, surface) {
  const node = drawn(element, block, surface);
  node.dataset.actionId = element.action_id;
  return node;
}

function drawn(element, block, surface) {
  if (element.type === "button") return pressButton(element, block, surface);
  if (element.type === "overflow") return overflow(element, block, surface);
  if (MENUS.has(element.type)) return select(element, block, surface);
  const field = control(element, block, surface, (value) => act(element, block, surface, value));
  surface.fields.add(block.block_id, element.action_id, field.read);
  return h("span", { class: "inline-control" }, field.node);
}

function pressButton(element, block, surface) {
  const node = h(
    "button",
    { type: "button", class: element.style ?? "", "aria-label": element.accessibility_label, "data-value": element.value },
    textNodes(element.text),
  );
  node.addEventListener("click", () => {
    if (element.url && isLinkable(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    void busyWhile(node, act(element, block, surface));
  });
  return node;
}

function overflow(element, block, surface) {
  return menuButton({
    label: "⋯",
    name: "More actions",
    options: element.options.map((option) => ({ value: option.value, nodes: textNodes(option.text) })),
    pick: (value, node) => busyWhile(node, act(element, block, surface, value)),
  });
}

function select(element, block, surface) {
  const groups = element.option_groups ?? [{ options: element.options ?? listed(element, surface.directory) }];
  const options = groups.flatMap((group) => group.options.map((option) => choice(option, group)));
  let chosen = surface.fields.startOf(block.block_id, element.action_id, () => startOf(element));
  surface.fields.add(block.block_id, element.action_id, () => chosen);
  const current = options.find((option) => option.value === chosen);
  return menuButton({
    label: current?.nodes ?? textNodes(element.placeholder ?? { type: "plain_text", text: "Choose" }),
    arrow: true,
    options,
    chosen,
    pick: (value, node) => {
      chosen = value;
      return busyWhile(node, act(element, block, surface, value));
    },
  });
}

function choice(option, group) {
  return { value: option.value, nodes: textNodes(option.text), group: group.label?.text };
}

function startOf(element) {
  return element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation;
}

function listed(element, directory) {
  const people = element.type === "users_select";
  const found = people ? directory.actors() : [...directory.channels.values()];
  return found.map((one) => ({ value: one.id, text: { type: "plain_text", text: `${people ? "@" : "#"}${one.name}` } }));
}

async function act(element, block, surface, value) {
  if (element.confirm && !(await ask(questionOf(element.confirm, surface.directory)))) return;
  await surface.press(element, block.block_id, value);
}

function questionOf(confirm, directory) {
  return {
    title: confirm.title.text,
    text: textNodes(confirm.text, directory),
    confirm: confirm.confirm.text,
    deny: confirm.deny.text,
    danger: confirm.style === "danger",
  };
}

async function busyWhile(node, work) {
  node.setAttribute("aria-busy", "true");
  try {
    await work;
  } finally {
    node.removeAttribute("aria-busy");
  }
}
