/** Keeps a list of messages on the page: only what changed is drawn anew, and the end stays in sight. */

import { dayOf } from "./dates.js";
import { h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { messageNode } from "./message.js";

const NEAR_END_PX = 80;

export class MessageList {
  /** @param {HTMLElement} root which scrolls @param {object} around what a message needs to be drawn */
  constructor(root, around) {
    this.root = root;
    this.around = around;
    this.place = null;
    this.drawn = new Map();
  }

  /** Show these messages of a place, oldest first. @param {string} place @param {object[]} messages */
  show(place, messages) {
    const isNew = place !== this.place;
    if (isNew) this.drawn.clear();
    this.place = place;
    const wasAtEnd = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_END_PX;
    this.root.setAttribute("aria-live", isNew ? "off" : "polite");
    keepingFocus(() => this.arrange(messages));
    if (isNew || wasAtEnd) this.toEnd();
  }

  /** Bring the end into sight, also where the list is about to be shown for the first time and has no height yet. */
  toEnd() {
    const scroll = () => (this.root.scrollTop = this.root.scrollHeight);
    scroll();
    requestAnimationFrame(scroll);
  }

  /** Bring a message into sight. @param {string} ts */
  reveal(ts) {
    const node = this.drawn.get(ts)?.node;
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("revealed");
  }

  arrange(messages) {
    const before = this.drawn;
    this.drawn = new Map();
    const nodes = [];
    let day = "";
    for (const message of messages) {
      const today = dayOf(message.ts);
      if (today !== day) nodes.push(h("div", { class: "day", role: "separator" }, h("span", {}, today)));
      day = today;
      nodes.push(this.node(message, before));
    }
    reconcile(this.root, nodes);
  }

  node(message, before) {
    const key = JSON.stringify(message);
    const known = before.get(message.ts);
    const node = known?.key === key ? known.node : messageNode(message, this.around);
    this.drawn.set(message.ts, { key, node });
    return node;
  }
}

/** Bring the children in order and touch only those that moved, so that focus and open menus stay. */
function reconcile(root, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...root.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (root.childNodes[at] !== node) root.insertBefore(node, root.childNodes[at] ?? null);
  });
}
