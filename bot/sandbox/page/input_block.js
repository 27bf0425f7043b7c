/** Draws an input block: label, control, hint, and the error beside it. */

import { control } from "./controls.js";
import { fill, freshId, h } from "./element.js";
import { textNodes } from "./text_objects.js";

/** Return an input block. @param {import("./blocks.js").Surface} surface */
export function inputBlock(block, surface) {
  const { element } = block;
  const changed = (value) => block.dispatch_action && surface.press(element, block.block_id, value);
  const field = control(element, block, surface, changed);
  surface.fields.add(block.block_id, element.action_id, field.read);
  const ids = { label: freshId("label"), error: freshId("error"), hint: freshId("hint") };
  describe(field, element, ids);
  const optional = block.optional && h("span", { class: "quiet" }, " (optional)");
  const error = h("p", { class: "field-error", id: ids.error, role: "alert", "data-error-for": block.block_id });
  return h(
    "div",
    { class: "block-input" },
    h("label", { id: ids.label, for: field.input?.id }, textNodes(block.label), optional),
    field.node,
    error,
    block.hint && h("p", { class: "hint", id: ids.hint }, textNodes(block.hint)),
  );
}

/** Show sentences under the inputs named by block id, and take away those of before. @param {ParentNode} root */
export function showErrors(root, errors) {
  for (const slot of root.querySelectorAll("[data-error-for]")) {
    const text = errors[slot.dataset.errorFor] ?? "";
    if (slot.textContent !== text) fill(slot, text);
    const input = slot.parentElement.querySelector("[aria-describedby]");
    input?.setAttribute("aria-invalid", String(Boolean(text)));
  }
  const first = root.querySelector("[aria-invalid=true]");
  first?.focus();
  first?.closest(".block-input")?.scrollIntoView({ block: "nearest" });
}

function describe(field, element, ids) {
  const named = field.input ?? field.node;
  if (field.input) field.input.id = freshId("input");
  else field.node.setAttribute("aria-labelledby", ids.label);
  named.setAttribute("aria-describedby", `${ids.error} ${ids.hint}`);
  if (element.focus_on_load) named.setAttribute("autofocus", "");
}
