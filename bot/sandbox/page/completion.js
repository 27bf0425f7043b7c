/** Offers commands after "/" and people and groups after "@" while somebody types. */

import { fill, freshId, h } from "./element.js";

const MOST = 8;

export class Completion {
  /** @param {HTMLTextAreaElement} input */
  constructor(input, session, testid) {
    Object.assign(this, { input, session, offers: [], at: -1 });
    const id = freshId("hints");
    this.node = h("ul", { class: "hints", role: "listbox", id, "aria-label": "Suggestions", hidden: true, "data-testid": testid });
    input.setAttribute("aria-controls", id);
    input.addEventListener("blur", () => this.close());
  }

  /** Look at what stands before the caret and offer what may follow. */
  offer() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    this.offers = this.found(before).slice(0, MOST);
    this.at = -1;
    this.draw();
  }

  close() {
    this.offers = [];
    this.draw();
  }

  /** Whether a key was meant for the suggestions. @param {KeyboardEvent} event */
  takes(event) {
    if (!this.offers.length) return false;
    const act = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      Tab: () => this.complete(this.offers[Math.max(this.at, 0)]),
      Enter: () => this.complete(this.offers[this.at]),
      Escape: () => this.close(),
    }[event.key];
    if (!act || (event.key === "Enter" && (this.at < 0 || event.shiftKey))) return false;
    event.preventDefault();
    act();
    return true;
  }

  found(before) {
    const { workspace, groups } = this.session.directory;
    const command = /^\/\S*$/.exec(before);
    if (command) return commands(workspace.commands).filter((one) => one.text.startsWith(command[0].toLowerCase()));
    const mention = /(?:^|\s)@([\w.-]*)$/.exec(before);
    if (!mention) return [];
    const length = mention[1].length + 1;
    const people = workspace.people.map((person) => ({ text: `@${person.name}`, about: person.real_name, length }));
    const teams = [...groups.values()].map((one) => ({ text: `@${one.handle}`, about: one.name, length }));
    return [...people, ...teams].filter((one) => one.text.slice(1).startsWith(mention[1].toLowerCase()));
  }

  step(by) {
    this.at = (this.at + by + this.offers.length) % this.offers.length;
    this.draw();
  }

  complete(offer) {
    const caret = this.input.selectionStart;
    const start = caret - (offer.length ?? caret);
    const rest = this.input.value.slice(caret);
    this.input.value = `${this.input.value.slice(0, start)}${offer.text} ${rest}`;
    const to = start + offer.text.length + 1;
    this.input.setSelectionRange(to, to);
    this.input.focus();
    this.close();
  }

  draw() {
    this.node.hidden = this.offers.length === 0;
    const rows = this.offers.map((offer, index) => this.row(offer, index));
    fill(this.node, rows);
    const active = rows[this.at];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  row(offer, index) {
    const onpointerdown = (event) => {
      event.preventDefault();
      this.complete(offer);
    };
    const look = { role: "option", id: freshId("hint"), "aria-selected": String(index === this.at), onpointerdown };
    return h("li", look, h("b", {}, offer.text), h("span", { class: "quiet" }, offer.about));
  }
}

function commands(all) {
  const own = all.map((one) => ({ text: one.command, about: [one.usage_hint, one.description].filter(Boolean).join(" — ") }));
  return [...own, { text: "/invite", about: "@app — bring an app into this channel" }];
}
