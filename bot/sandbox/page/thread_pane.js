/** The thread beside the channel. */

import { Composer } from "./composer.js";
import { button, h } from "./element.js";
import { rememberFocus } from "./focus.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  /** @param {HTMLElement} root */
  constructor(root, session, notes) {
    this.session = session;
    this.shown = null;
    const log = h("div", { class: "messages", role: "log", "aria-label": "Thread", tabindex: 0, "data-testid": "thread" });
    this.list = new MessageList(log, { session, notes, inThread: true });
    const placeOf = () => ({ channel: session.place, thread_ts: session.threadTs });
    this.composer = new Composer(session, notes, { testid: "thread-composer", placeOf });
    this.composer.label("Reply…");
    const close = button("×", () => this.close(), { class: "plain close", "aria-label": "Close thread" });
    root.append(h("header", { class: "pane-head" }, h("h2", {}, "Thread"), close), log, this.composer.node);
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
  }

  draw() {
    const root = this.root();
    if (!root) {
      this.shown = null;
      return;
    }
    this.list.show(`${this.session.as} ${root.ts}`, [root, ...(root.replies ?? [])]);
    if (this.shown !== root.ts) this.enter(root.ts);
  }

  /** Somebody who opens a thread goes on in its composer, unless that would raise a phone's keyboard. */
  enter(ts) {
    this.shown = ts;
    this.giveBack = rememberFocus();
    if (matchMedia("(hover: hover)").matches) requestAnimationFrame(() => this.composer.input.focus());
  }

  close() {
    this.composer.input.blur();
    this.session.closeThread();
    this.giveBack?.();
  }

  root() {
    const { threadTs } = this.session;
    return threadTs ? this.session.channel()?.messages.find((message) => message.ts === threadTs) : null;
  }
}
