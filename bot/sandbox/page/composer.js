/** Where a person types commands, messages and mentions. */

import { Completion } from "./completion.js";
import { button, freshId, h } from "./element.js";
import { SaidBefore } from "./said_before.js";
import { tellOutcome } from "./surfaces.js";

export class Composer {
  /** @param {{testid: string, placeOf: () => object}} options where what is said goes */
  constructor(session, notes, options) {
    Object.assign(this, { session, notes, placeOf: options.placeOf, said: new SaidBefore(), sending: false });
    const id = freshId("composer");
    this.words = h("label", { for: id, class: "visually-hidden" });
    this.input = h("textarea", {
      id,
      rows: 1,
      spellcheck: "false",
      autocomplete: "off",
      enterkeyhint: "send",
      "data-testid": options.testid,
      oninput: () => this.typed(),
      onkeydown: (event) => this.onKey(event),
    });
    this.completion = new Completion(this.input, session, `${options.testid}-hints`);
    const send = button("Send", () => void this.send(), { class: "primary", "data-testid": `${options.testid}-send` });
    const row = h("div", { class: "composer-row" }, this.input, send);
    this.node = h("div", { class: "composer" }, this.completion.node, this.words, row, this.shortcuts());
  }

  /** Say what the field is for. @param {string} text */
  label(text) {
    this.words.textContent = text;
    this.input.placeholder = text;
  }

  /** Put a text into the field, the caret at its end. @param {string} text */
  write(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.typed();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text || this.sending) return;
    this.sending = true;
    this.node.setAttribute("aria-busy", "true");
    this.completion.close();
    const outcome = await this.session.act("say", { ...this.placeOf(), text });
    this.sending = false;
    this.node.removeAttribute("aria-busy");
    if (!outcome) return;
    tellOutcome(this.notes, outcome);
    this.said.add(text);
    if (this.input.value.trim() === text) this.write("");
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
    this.completion.offer();
  }

  onKey(event) {
    if (event.isComposing || this.completion.takes(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.send();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.recall(event);
  }

  recall(event) {
    if (this.input.value && this.input.value !== this.said.current()) return;
    const text = event.key === "ArrowUp" ? this.said.older() : this.said.newer();
    if (text === null) return;
    event.preventDefault();
    this.write(text);
    this.completion.close();
  }

  shortcuts() {
    const all = this.session.directory.workspace.shortcuts.filter((one) => one.type === "global");
    if (!all.length) return null;
    const run = async (one) => tellOutcome(this.notes, await this.session.act("shortcut", { callback_id: one.callback_id }));
    const buttons = all.map((one) => button(one.name, () => void run(one), { "data-shortcut": one.callback_id }));
    return h("div", { class: "composer-shortcuts" }, buttons);
  }
}
