/** Lets a person bring trouble over the sandbox's Datadog, and take it away. */

import { fill, freshId, h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { send } from "./people_api.js";
import { switchRow } from "./switch_row.js";

const KINDS = [
  ["429", "Too many requests (429)", "Refused and not applied; Datadog says after how many seconds to try again."],
  ["500", "Server error (500)", "Refused and not applied."],
  ["503", "Unavailable (503)", "Refused in front of Datadog and not applied."],
  ["409", "Conflict (409)", "Refused, because somebody else has changed the same thing."],
  ["403", "Forbidden (403)", "Refused, because the keys lack the permission."],
  ["202", "Datadog's own approval (202)", "Accepted but not applied, until it is approved under “Waiting in Datadog”."],
  ["stall", "Slow answer", "Applied and answered after some seconds, also when nobody waits any more."],
  ["drop_after_apply", "Applied, then the connection drops", "It took effect, and the caller is never told."],
  ["drop_before_apply", "The connection drops, nothing applied", "The caller cannot tell it from the one above."],
  ["empty", "Applied, with an empty answer", "It took effect, and the answer says nothing."],
  ["html", "A gateway's page (502)", "Refused with HTML instead of JSON, and not applied."],
];
const CALLS = [
  ["POST", "changes (POST)"],
  ["", "any call"],
  ["GET", "reads (GET)"],
  ["PUT", "PUT"],
  ["PATCH", "PATCH"],
  ["DELETE", "DELETE"],
];
const PATH = "/sandbox/datadog/faults";

export class DatadogFaults {
  /** @param {(work: () => Promise<unknown>) => Promise<void>} act does it, tells failures and reads again */
  constructor(act) {
    Object.assign(this, { act, drawn: "", waiting: [] });
    this.rows = h("div", { "data-testid": "datadog-faults" });
    this.inputs = {
      method: h("select", { "data-testid": "fault-method" }, CALLS.map(([value, words]) => h("option", { value }, words))),
      times: h("input", { type: "number", min: 1, value: 1, "data-testid": "fault-times" }),
      path: h("input", { type: "text", placeholder: "any", autocomplete: "off", "data-testid": "fault-path" }),
      seconds: h("input", { type: "number", min: 0, step: "any", value: 2, "data-testid": "fault-seconds" }),
    };
    const about = "What is switched on spoils the next calls that match, and is off again after so many.";
    this.node = h("section", { class: "faults" }, h("h3", {}, "Datadog"), h("p", { class: "quiet" }, about), this.fields(), this.rows);
    this.draw([]);
  }

  /** Show which faults wait. @param {object[]} faults */
  draw(faults) {
    const key = JSON.stringify(faults);
    if (key === this.drawn) return;
    this.drawn = key;
    this.waiting = faults;
    keepingFocus(() => fill(this.rows, KINDS.map((kind) => this.row(kind))));
  }

  /** Return how many kinds of trouble wait. */
  count() {
    return new Set(this.waiting.map((fault) => fault.kind)).size;
  }

  clear() {
    return this.act(() => send(PATH, {}, "DELETE"));
  }

  row([kind, title, about]) {
    const waiting = this.waiting.filter((fault) => fault.kind === kind);
    const turn = (isOn) => this.act(() => (isOn ? send(PATH, this.fault(kind)) : this.without(kind)));
    return switchRow({ id: kind, title, about, isOn: waiting.length > 0, state: waiting.map(spoils).join(" "), turn });
  }

  fault(kind) {
    const { method, path, times, seconds } = this.inputs;
    const match = { ...(method.value && { method: method.value }), ...(path.value && { path_contains: path.value }) };
    return { match, kind, times: Number(times.value) || 1, seconds: Number(seconds.value) };
  }

  /** Datadog forgets all its faults at once, so those of other kinds are set again. */
  async without(kind) {
    const others = this.waiting.filter((fault) => fault.kind !== kind);
    await send(PATH, {}, "DELETE");
    for (const fault of others) await send(PATH, fault);
  }

  fields() {
    const { method, path, times, seconds } = this.inputs;
    const all = [named("Which calls", method), named("How many", times), named("Path contains", path), named("Seconds (429, slow)", seconds)];
    return h("div", { class: "fault-form" }, all);
  }
}

function named(words, input) {
  input.id = freshId("fault");
  return h("div", {}, h("label", { for: input.id }, words), input);
}

function spoils(fault) {
  const path = fault.match?.path_contains ? ` with “${fault.match.path_contains}”` : "";
  const calls = `${fault.match?.method ?? ""} ${fault.times === 1 ? "call" : "calls"}`.trim();
  return `Waits for the next ${fault.times === 1 ? "" : `${fault.times} `}${calls}${path}.`;
}
