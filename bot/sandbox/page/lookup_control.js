/** An input that asks the app what it offers while the person types: external selects. */

import { button, fill, freshId, h } from "./element.js";
import { textNodes } from "./text_objects.js";

const PAUSE_MS = 200;
const LEAST_DEFAULT = 3;

/** Return an external select, for one or several. @returns {import("./controls.js").Control} */
export function lookup(element, block, surface, changed) {
  return new Lookup(element, block, surface, changed);
}

class Lookup {
  constructor(element, block, surface, changed) {
    Object.assign(this, { element, block, surface, changed, waiting: 0, asked: 0 });
    this.many = element.type.startsWith("multi_");
    this.chosen = this.startOptions();
    this.build();
    this.showChosen();
  }

  read = () => {
    const values = this.chosen.map((option) => option.value);
    return this.many ? values : (values[0] ?? null);
  };

  startOptions() {
    const { element, block, surface } = this;
    const own = element.initial_options ?? (element.initial_option ? [element.initial_option] : []);
    const values = surface.fields.startOf(block.block_id, element.action_id, () => own.map((option) => option.value));
    const words = (value) => ({ value, text: { type: "plain_text", text: value } });
    return [values ?? []].flat().map((value) => own.find((option) => option.value === value) ?? words(value));
  }

  build() {
    const listId = freshId("options");
    this.list = h("div", { class: "menu-list", role: "listbox", id: listId, hidden: true });
    this.picks = h("span", { class: "picks" });
    this.input = h("input", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      "aria-expanded": "false",
      "aria-controls": listId,
      placeholder: this.element.placeholder?.text ?? "Search…",
      "data-action-id": this.element.action_id,
      oninput: () => this.askSoon(),
      onfocus: () => this.chosen.length > 0 || this.askSoon(),
      onclick: () => this.askSoon(),
      onkeydown: (event) => this.onKey(event),
    });
    this.node = h("div", { class: "lookup" }, this.picks, this.input, this.list);
    this.node.addEventListener("focusout", (event) => this.node.contains(event.relatedTarget) || this.close());
  }

  askSoon() {
    clearTimeout(this.waiting);
    if (this.input.value.length < (this.element.min_query_length ?? LEAST_DEFAULT)) return this.close();
    this.waiting = setTimeout(() => void this.ask(), PAUSE_MS);
    return undefined;
  }

  async ask() {
    this.asked += 1;
    const turn = this.asked;
    const groups = await this.surface.suggest(this.element, this.block.block_id, this.input.value);
    if (turn === this.asked && this.input.matches(":focus")) this.offer(groups);
  }

  offer(groups) {
    const rows = groups.flatMap((group) => [
      group.label && h("div", { class: "menu-group" }, group.label.text),
      ...group.options.map((option) => this.row(option)),
    ]);
    const nothing = h("p", { class: "quiet" }, "Nothing found");
    fill(this.list, rows.some(Boolean) ? rows : nothing);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.list.scrollIntoView({ block: "nearest" });
  }

  row(option) {
    const look = { role: "option", "data-value": option.value, onkeydown: (event) => this.onKey(event) };
    const about = option.description && h("span", { class: "quiet option-about" }, textNodes(option.description));
    return h("button", { type: "button", ...look, onclick: () => this.pick(option) }, textNodes(option.text), about);
  }

  pick(option) {
    const others = this.many ? this.chosen.filter((one) => one.value !== option.value) : [];
    this.choose([...others, option]);
    this.input.value = "";
    this.input.focus();
    this.close();
  }

  choose(options) {
    this.chosen = options;
    this.showChosen();
    this.changed(this.read());
  }

  showChosen() {
    const chip = (option) => {
      const drop = () => this.choose(this.chosen.filter((one) => one !== option));
      const remove = button("×", drop, { class: "plain", "aria-label": `Remove ${option.text.text}` });
      return h("span", { class: "chip", "data-value": option.value }, textNodes(option.text), remove);
    };
    fill(this.picks, this.chosen.map(chip));
  }

  close() {
    clearTimeout(this.waiting);
    this.asked += 1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  onKey(event) {
    if (event.key === "Enter" && event.target === this.input) event.preventDefault();
    if (this.list.hidden) return;
    const rows = [...this.list.querySelectorAll("button")];
    const at = rows.indexOf(document.activeElement);
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.input.focus();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const to = at + (event.key === "ArrowDown" ? 1 : -1);
      (rows[to] ?? this.input).focus();
    } else if (event.key === "Enter" && event.target === this.input && rows.length === 1) rows[0].click();
  }
}
