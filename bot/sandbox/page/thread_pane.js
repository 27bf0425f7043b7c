/** The thread beside the channel. */

import { Composer } from "./composer.js";
import { button, h } from "./element.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  /** @param {HTMLElement} root */
  constructor(root, session, notes) {
    this.session = session;
    const log = h("div", { class: "messages", role: "log", "aria-label": "Thread", tabindex: 0, "data-testid": "thread" });
    this.list = new MessageList(log, { session, notes, inThread: true });
    const placeOf = () => ({ channel: session.place, thread_ts: session.threadTs });
    this.composer = new Composer(session, notes, { testid: "thread-composer", placeOf });
    this.composer.label("Reply…");
    const close = button("×", () => session.closeThread(), { class: "plain close", "aria-label": "Close thread" });
    root.append(h("header", { class: "pane-head" }, h("h2", {}, "Thread"), close), log, this.composer.node);
  }

  draw() {
    const root = this.root();
    if (!root) return;
    this.list.show(`${this.session.as} ${root.ts}`, [root, ...(root.replies ?? [])]);
  }

  root() {
    const { threadTs } = this.session;
    return threadTs ? this.session.channel()?.messages.find((message) => message.ts === threadTs) : null;
  }
}
