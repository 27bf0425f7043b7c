/** Inputs that a person types into. */

import { h } from "./element.js";

const KINDS = { email_text_input: "email", url_text_input: "url" };
const MOMENTS = {
  datepicker: { type: "date", own: (element) => element.initial_date },
  timepicker: { type: "time", own: (element) => element.initial_time },
  datetimepicker: { type: "datetime-local", own: (element) => element.initial_date_time },
};

/** Return a text, number, e-mail or address input. @returns {import("./controls.js").Control} */
export function textInput(element, block, surface, changed) {
  const isLong = element.multiline || element.type === "rich_text_input";
  const input = h(isLong ? "textarea" : "input", {
    type: isLong ? null : (KINDS[element.type] ?? "text"),
    rows: isLong ? 4 : null,
    inputmode: element.type === "number_input" ? "decimal" : null,
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    autocomplete: "off",
    "data-action-id": element.action_id,
  });
  input.value = surface.fields.startOf(block.block_id, element.action_id, () => element.initial_value) ?? "";
  dispatchText(input, element, isLong, changed);
  return { node: input, input, read: () => input.value };
}

/** Return a date or time input. @returns {import("./controls.js").Control} */
export function momentInput(element, block, surface, changed) {
  const { type, own } = MOMENTS[element.type];
  const input = h("input", { type, "data-action-id": element.action_id });
  const start = surface.fields.startOf(block.block_id, element.action_id, () => own(element));
  input.value = type === "datetime-local" ? localMoment(start) : (start ?? "");
  const read = () => (type === "datetime-local" ? secondsOf(input.value) : input.value || null);
  input.addEventListener("change", () => changed(read()));
  return { node: input, input, read };
}

function dispatchText(input, element, isLong, changed) {
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (when.includes("on_character_entered")) input.addEventListener("input", () => changed(input.value));
  if (!isLong && when.includes("on_enter_pressed")) {
    input.addEventListener("keydown", (event) => event.key === "Enter" && changed(input.value));
  }
}

function localMoment(seconds) {
  if (!seconds) return "";
  const moment = new Date(seconds * 1000);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function secondsOf(text) {
  return text ? Math.floor(new Date(text).getTime() / 1000) : null;
}
