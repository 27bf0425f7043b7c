/** Tells people what went wrong: a bar that stays for failures, passing notes for what Slack would show. */

import { button, byId, fill, h } from "./element.js";

const NOTE_MS = 10_000;
const REPEAT_MS = 3000;

/** Show a failure of the sandbox until it is dismissed. @param {string} text @param {string} [code] */
export function showProblem(text, code = "") {
  const bar = byId("problem");
  bar.dataset.code = code;
  fill(bar, h("span", {}, text), button("Dismiss", hideProblem, { class: "plain" }));
  bar.hidden = false;
  showInDialog(text);
}

function hideProblem() {
  byId("problem").hidden = true;
}

/** Take the bar away if it tells that the sandbox could not be reached. */
export function hideConnectionProblem() {
  if (byId("problem").dataset.code === "unreachable") hideProblem();
}

/** Shows each of Slack's passing notes once. */
export class Notes {
  constructor() {
    this.lastSeen = null;
    this.reader = null;
    this.said = new Map();
  }

  /** Show the notices that came since the last call; those that were there when a person came are old. */
  show(reader, notices) {
    if (reader !== this.reader) this.lastSeen = null;
    this.reader = reader;
    const newest = Math.max(0, ...notices.map((notice) => notice.id));
    const fresh = this.lastSeen === null ? [] : notices.filter((notice) => notice.id > this.lastSeen);
    this.lastSeen = Math.max(newest, this.lastSeen ?? 0);
    for (const notice of fresh) this.say(notice.text);
  }

  /** Show one note, unless the same one has just been shown. @param {string} text */
  say(text) {
    const now = Date.now();
    if (now - (this.said.get(text) ?? 0) < REPEAT_MS) return;
    this.said.set(text, now);
    const note = h("div", { class: "notice" }, h("span", {}, text));
    note.append(button("Dismiss", () => note.remove(), { class: "plain" }));
    byId("notices").append(note);
    setTimeout(() => note.remove(), NOTE_MS);
    showInDialog(text);
  }
}

function showInDialog(text) {
  const open = [...document.querySelectorAll("dialog[open] [data-dialog-problem]")].at(-1);
  if (open) fill(open, text);
}
