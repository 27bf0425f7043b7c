/** Draws a switch with a sentence on what it does; whether it is on stands there in words. */

import { freshId, h } from "./element.js";

/**
 * Return a row with a switch.
 *
 * @param {{id: string, title: string, about: string, isOn: boolean, state?: string,
 *          turn: (isOn: boolean) => Promise<unknown>}} row `state` says more about one that is on
 */
export function switchRow(row) {
  const [title, about] = [freshId("switch"), freshId("about")];
  const turn = async () => {
    node.setAttribute("aria-busy", "true");
    await row.turn(!row.isOn);
    node.removeAttribute("aria-busy");
  };
  const node = h(
    "button",
    {
      type: "button",
      role: "switch",
      class: "switch",
      "aria-checked": String(row.isOn),
      "aria-labelledby": title,
      "aria-describedby": about,
      "data-fault": row.id,
      onclick: () => void turn(),
    },
    h("span", { class: "knob", "aria-hidden": true }),
    h("span", {}, row.isOn ? "On" : "Off"),
  );
  const words = h("p", { class: "quiet", id: about }, row.about, row.isOn && row.state && h("b", {}, ` ${row.state}`));
  return h("div", { class: "switch-row", "data-on": String(row.isOn) }, h("div", {}, h("h4", { id: title }, row.title), words), node);
}
