/** Lets a person make the sandbox's Slack behave badly, and well again. */

import { button, fill, h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { switchRow } from "./switch_row.js";

const METHODS = ["chat.postMessage", "chat.postEphemeral", "chat.update", "views.open", "views.update", "views.publish"];

const KINDS = [
  ["ratelimited", "Rate limit (429)", "Refuses what the app posts, edits and opens, and asks it to wait a second.", { retry_after: 1 }],
  ["stall", "Slow", "Takes two seconds for whatever the app posts, edits or opens.", { seconds: 2 }],
  ["http", "Unavailable (503)", "Fails whatever the app posts, edits or opens.", { status: 503 }],
  ["lost", "Shown, but the answer is lost", "Shows what the app posts, and drops the connection, so that the app cannot know.", {}],
];

export class SlackFaults {
  /** @param {import("./session.js").Session} session @param {import("./notices.js").Notes} notes */
  constructor(session, notes) {
    Object.assign(this, { session, notes, drawn: "" });
    this.rows = h("div", { "data-testid": "slack-faults" });
    const again = button("Deliver the last one again", () => void this.redeliver(), { class: "small", "data-testid": "redeliver" });
    this.foot = h("div", { class: "row fault-foot" }, again);
    const about = "Each stays on until it is switched off. Of the last four only one is on at a time.";
    this.node = h("section", { class: "faults" }, h("h3", {}, "Slack"), h("p", { class: "quiet" }, about), this.rows, this.foot);
  }

  /** Show how Slack behaves now. @param {object} settings */
  draw(settings) {
    const key = JSON.stringify(settings);
    if (key === this.drawn) return;
    this.drawn = key;
    this.settings = settings;
    keepingFocus(() => fill(this.rows, this.twice(), KINDS.map((kind) => this.row(kind)), settings.socket_mode && this.sockets()));
  }

  count() {
    return Number(this.settings.deliver_twice) + KINDS.filter(([kind]) => this.isOn(kind)).length;
  }

  clear() {
    return this.set({ deliver_twice: false, faults: null });
  }

  twice() {
    const about = "Sends every command, press and form two times at once.";
    const turn = (isOn) => this.set({ deliver_twice: isOn });
    return switchRow({ id: "deliver_twice", title: "Deliver twice", about, isOn: this.settings.deliver_twice, turn });
  }

  row([kind, title, about, more]) {
    const turn = (isOn) => this.set({ faults: every(isOn ? { kind, ...more } : null) });
    return switchRow({ id: kind, title, about, isOn: this.isOn(kind), turn });
  }

  sockets() {
    const renew = button("Renew the connections", () => void this.set({ sockets: "refresh_requested" }), { class: "small" });
    return h("div", { class: "row fault-foot" }, h("span", {}, `Socket Mode: ${this.settings.connections} connected`), renew);
  }

  isOn(kind) {
    return Object.values(this.settings.faults).some((fault) => fault.kind === kind);
  }

  set(settings) {
    return this.session.settings(settings);
  }

  async redeliver() {
    const outcome = await this.session.act("redeliver", {});
    if (outcome) this.notes.say(`The last delivery was sent once more: ${outcome.outcome.replaceAll("_", " ")}.`);
  }
}

function every(fault) {
  return Object.fromEntries(METHODS.map((method) => [method, fault]));
}
