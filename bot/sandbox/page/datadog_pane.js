/** The right side: the true state of the sandbox's Datadog. */

import { drawCalls, drawDeployments, drawEvents, drawTests } from "./datadog_activity.js";
import { drawEnvironments, drawFlags } from "./datadog_flags.js";
import { drawSuggestions, happening } from "./datadog_happenings.js";
import { button, fill, h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { read, send } from "./people_api.js";
import { ask } from "./confirm_dialog.js";

const EVERY_MS = 1000;

const LATER_SECONDS = 1800;

const SECTIONS = [
  ["Waiting in Datadog", "suggestions", drawSuggestions],
  ["Environments", "environments", drawEnvironments],
  ["Flags", "flags", drawFlags],
  ["Synthetic tests", "tests", drawTests],
  ["Deployments", "deployments", drawDeployments],
  ["Last API calls", "calls", drawCalls],
  ["Change events", "events", drawEvents],
];

export class DatadogPane {
  /**
   * @param {HTMLElement} root
   * @param {import("./session.js").Session} session
   * @param {import("./datadog_faults.js").DatadogFaults} faults which stand elsewhere and are read here
   */
  constructor(root, session, faults) {
    Object.assign(this, { session, faults, state: null, drawn: {}, reading: false, again: false });
    this.status = h("p", { class: "quiet", role: "status" }, "Reading…");
    this.wanted = h("input", {
      type: "search",
      placeholder: "Filter flags",
      "aria-label": "Filter flags",
      oninput: () => this.filter(),
    });
    this.slots = Object.fromEntries(SECTIONS.map(([title, key]) => [key, slot(title, key)]));
    const reset = button("Reset…", () => void this.reset(), { class: "small", "data-testid": "datadog-reset" });
    this.slots.flags.querySelector("summary").after(h("div", { class: "flag-filter" }, this.wanted));
    this.body = h("div", { class: "datadog-body", hidden: true }, Object.values(this.slots));
    const later = happening("Rollouts +30 min", "drift", { advance_seconds: LATER_SECONDS });
    const head = h("header", { class: "pane-head" }, h("h2", {}, "Datadog"), h("span", { class: "pane-acts" }, later, reset));
    root.append(head, this.status, this.body);
    root.addEventListener("click", (event) => this.happens(event.target.closest("[data-tail]")));
  }

  /** Let something happen in Datadog as somebody else would do it there. @param {HTMLElement | null} cause */
  happens(cause) {
    if (cause) void this.act(() => send(`/sandbox/datadog/${cause.dataset.tail}`, JSON.parse(cause.dataset.body)));
  }

  /** Read again and again while the page is looked at. */
  start() {
    setInterval(() => document.visibilityState === "visible" && void this.refresh(), EVERY_MS);
    return this.refresh();
  }

  async refresh() {
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    while (this.again) {
      this.again = false;
      await this.readOnce();
    }
    this.reading = false;
  }

  async readOnce() {
    try {
      this.take(await read("/sandbox/datadog"));
    } catch (failure) {
      this.fail(failure);
    }
  }

  take(state) {
    this.status.hidden = true;
    this.body.hidden = false;
    for (const [title, key, draw] of SECTIONS) {
      const shown = JSON.stringify([state[key], key === "flags" && state.environments]);
      if (this.drawn[key] === shown) continue;
      this.drawn[key] = shown;
      keepingFocus(() => fill(this.slots[key].querySelector(".slot"), draw(state[key] ?? [], state)));
      this.slots[key].querySelector("summary").textContent = `${title} (${shownOf(state[key] ?? [], key)})`;
      if (key === "suggestions") this.slots[key].hidden = !(state[key] ?? []).some((one) => one.state === "open");
    }
    this.filter();
    this.takeFaults(state.faults ?? []);
  }

  takeFaults(faults) {
    const before = this.faults.count();
    this.faults.draw(faults);
    if (this.faults.count() !== before) this.session.changed();
  }

  /** Show the flags whose key has what is typed. */
  filter() {
    const wanted = this.wanted.value.trim().toLowerCase();
    for (const card of this.slots.flags.querySelectorAll("[data-flag-card]")) {
      card.hidden = !card.dataset.flagCard.toLowerCase().includes(wanted);
    }
  }

  fail(failure) {
    this.status.hidden = false;
    this.status.textContent = failure.code === "no_datadog" ? "This sandbox runs without a Datadog." : failure.message;
    this.body.hidden = true;
  }

  async reset() {
    const question = {
      title: "Reset Datadog?",
      text: ["Every flag, rollout, test and deployment of the sandbox starts from its first day again."],
      confirm: "Reset",
      deny: "Keep",
      danger: true,
    };
    if (await ask(question)) await this.act(() => send("/sandbox/datadog/reset", {}));
  }

  /** Do something to Datadog and show what came of it. @param {() => Promise<unknown>} work */
  async act(work) {
    try {
      await work();
    } catch (failure) {
      this.session.tell(failure);
    }
    await this.refresh();
  }
}

function shownOf(items, key) {
  return key === "suggestions" ? items.filter((one) => one.state === "open").length : items.length;
}

function slot(title, key) {
  const isOpen = key !== "events";
  const body = h("div", { class: "slot" });
  return h("details", { class: "datadog-section", open: isOpen, "data-section": key }, h("summary", {}, title), body);
}
