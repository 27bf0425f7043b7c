/** The App Home. */

import { drawBlocks } from "./blocks.js";
import { fill, h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { viewSurface } from "./surfaces.js";

export class AppHome {
  constructor(session, notes) {
    Object.assign(this, { session, notes, drawn: "" });
    this.node = h("div", { class: "app-home", "data-testid": "app-home", tabindex: 0, hidden: true });
  }

  /** Draw a view, if it changed. @param {object | null} home */
  draw(home) {
    const key = JSON.stringify([this.session.as, home]);
    if (key === this.drawn) return;
    this.drawn = key;
    const app = this.session.directory.workspace.app.name;
    const nothing = h("p", { class: "quiet" }, `${app} has not shown you anything here yet.`);
    const drawn = home ? drawBlocks(home.blocks, viewSurface(this.session, this.notes, home, home.values)) : nothing;
    keepingFocus(() => fill(this.node, drawn));
  }
}
