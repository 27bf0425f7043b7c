/** Lets a person bring trouble over the sandbox's Datadog, and take it away. */

import { button, fill, freshId, h } from "./element.js";
import { send } from "./people_api.js";

const KINDS = [
  ["429", "429 too many requests"],
  ["500", "500 server error"],
  ["503", "503 unavailable"],
  ["stall", "Stall, then apply"],
  ["drop_before_apply", "Drop the connection, nothing applied"],
  ["drop_after_apply", "Apply, then drop the connection"],
  ["202", "202 waits for Datadog's own approval"],
  ["409", "409 conflict"],
  ["403", "403 forbidden"],
  ["html", "A gateway's HTML page"],
  ["empty", "Apply, answer with nothing"],
];
const METHODS = ["", "GET", "POST", "PUT", "PATCH", "DELETE"];
const PATH = "/sandbox/datadog/faults";

export class FaultSwitches {
  /** @param {(work: () => Promise<unknown>) => Promise<void>} act does it, tells failures and reads again */
  constructor(act) {
    this.act = act;
    this.drawn = "";
    this.waiting = h("div", { class: "slot", "data-testid": "faults" });
    this.inputs = {
      kind: h("select", { "data-testid": "fault-kind" }, KINDS.map(([value, words]) => h("option", { value }, words))),
      method: h("select", { "data-testid": "fault-method" }, METHODS.map((one) => h("option", { value: one }, one || "any"))),
      path: h("input", { type: "text", placeholder: "any", autocomplete: "off", "data-testid": "fault-path" }),
      times: h("input", { type: "number", min: 1, value: 1, "data-testid": "fault-times" }),
      seconds: h("input", { type: "number", min: 0, step: "any", value: 2, "data-testid": "fault-seconds" }),
    };
    const form = h("form", { class: "fault-form", onsubmit: (event) => this.add(event) }, this.fields());
    const summary = h("summary", {}, "Faults");
    this.node = h("details", { class: "datadog-section", open: true, "data-section": "faults" }, summary, this.waiting, form);
  }

  /** Show the faults that wait. @param {object[]} faults */
  draw(faults) {
    const key = JSON.stringify(faults);
    if (key === this.drawn) return;
    this.drawn = key;
    const clear = button("Clear all", () => void this.clear(), { class: "small", "data-testid": "faults-clear" });
    const none = h("p", { class: "quiet" }, "None waits. A fault spoils the next calls that match it.");
    fill(this.waiting, faults.length ? [faults.map(drawFault), clear] : none);
  }

  fields() {
    const { kind, method, path, times, seconds } = this.inputs;
    const add = h("button", { type: "submit", class: "small", "data-testid": "fault-add" }, "Add fault");
    return [
      named("What happens", kind, "wide"),
      named("Method", method),
      named("Path contains", path),
      named("Times", times),
      named("Seconds", seconds),
      add,
    ];
  }

  add(event) {
    event.preventDefault();
    const { kind, method, path, times, seconds } = this.inputs;
    const match = { ...(method.value && { method: method.value }), ...(path.value && { path_contains: path.value }) };
    const fault = { match, kind: kind.value, times: Number(times.value) || 1, seconds: Number(seconds.value) };
    void this.act(() => send(PATH, fault));
  }

  clear() {
    return this.act(() => send(PATH, {}, "DELETE"));
  }
}

function named(words, input, look) {
  input.id = freshId("fault");
  return h("div", { class: look ?? null }, h("label", { for: input.id }, words), input);
}

function drawFault(fault) {
  const where = [fault.match?.method ?? "any method", fault.match?.path_contains || "any path"].join(" · ");
  const words = KINDS.find(([kind]) => kind === fault.kind)?.[1] ?? fault.kind;
  const times = fault.times > 1 ? ` · ${fault.times} times` : "";
  return h("div", { class: "entry-block", "data-fault": fault.kind }, h("b", {}, words), h("p", { class: "quiet" }, where + times));
}
