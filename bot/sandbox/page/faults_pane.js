/** The faults of both sandboxes: what each does, which are on, and the switches. */

import { button, h } from "./element.js";

export class FaultsPane {
  /** @param {HTMLElement} root @param {import("./session.js").Session} session @param {object[]} parts both sandboxes' faults */
  constructor(root, session, parts) {
    Object.assign(this, { session, parts });
    const clear = () => void Promise.all(parts.map((part) => part.clear()));
    this.clear = button("All off", clear, { class: "small", "data-testid": "faults-clear" });
    const body = h("div", { class: "faults-body" }, parts.map((part) => part.node));
    root.append(h("header", { class: "pane-head" }, h("h2", {}, "Faults"), this.clear), body);
  }

  draw() {
    const [slack] = this.parts;
    slack.draw(this.session.state.settings);
    this.session.faultsOn = this.parts.reduce((sum, part) => sum + part.count(), 0);
    this.clear.disabled = this.session.faultsOn === 0;
  }
}
