/** Shows the modal on top of the person's stack. */

import { drawBlocks } from "./blocks.js";
import { button, fill, freshId, h } from "./element.js";
import { keepingFocus, rememberFocus } from "./focus.js";
import { showErrors } from "./input_block.js";
import { tellOutcome, viewSurface } from "./surfaces.js";

export class Modal {
  constructor(session, notes) {
    Object.assign(this, { session, notes, view: null, surface: null, busy: false });
    this.titleId = freshId("modal-title");
    this.dialog = h("dialog", { class: "dialog", "aria-labelledby": this.titleId, "data-testid": "modal" });
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      void this.leave(true);
    });
    document.body.append(this.dialog);
  }

  /** Show a view, or none; what was typed stays where an update keeps the input. @param {object | null} view */
  draw(view) {
    if (!view) return this.hide();
    const isSame = this.view?.id === view.id && this.view.hash === view.hash;
    if (!isSame) this.build(view);
    else if (JSON.stringify(this.view.errors) !== JSON.stringify(view.errors)) showErrors(this.dialog, view.errors);
    this.view = view;
    if (!this.dialog.open) {
      this.giveBack = rememberFocus();
      this.dialog.showModal();
      this.focusFirst();
    }
    return undefined;
  }

  /** The first field has the focus, unless the app or an error names another. */
  focusFirst() {
    const wanted = ["[autofocus]", "[aria-invalid=true]", ".dialog-body :is(input, select, textarea, button)"];
    const found = wanted.map((selector) => this.dialog.querySelector(selector)).find(Boolean);
    found?.focus();
  }

  hide() {
    this.view = null;
    if (!this.dialog.open) return;
    this.dialog.close();
    this.giveBack();
  }

  build(view) {
    const typed = this.view?.id === view.id ? this.surface.fields.values() : {};
    this.surface = viewSurface(this.session, this.notes, view, { ...view.values, ...typed });
    this.dialog.dataset.viewId = view.id;
    this.dialog.dataset.callbackId = view.callback_id;
    keepingFocus(() => fill(this.dialog, this.form(view)));
    showErrors(this.dialog, view.errors);
  }

  form(view) {
    const submit = (event) => {
      event.preventDefault();
      void this.submit();
    };
    const close = button("×", () => void this.leave(true), { class: "plain close", "aria-label": "Close" });
    return h(
      "form",
      { novalidate: true, onsubmit: submit },
      h("header", { class: "dialog-head" }, h("h2", { id: this.titleId }, view.title?.text ?? ""), close),
      h("p", { class: "dialog-problem", role: "alert", "data-dialog-problem": true }),
      h("div", { class: "dialog-body" }, drawBlocks(view.blocks, this.surface)),
      this.foot(view),
    );
  }

  foot(view) {
    const words = view.close?.text ?? (view.submit ? "Cancel" : "Close");
    const back = button(words, () => void this.leave(false), { "data-testid": "modal-close" });
    const look = { type: "submit", class: "primary", "data-testid": "modal-submit" };
    return h("div", { class: "dialog-foot" }, back, view.submit && h("button", look, view.submit.text));
  }

  async submit() {
    if (this.busy || !this.view?.submit) return;
    const values = this.surface.fields.values();
    await this.while(async () => {
      const outcome = await this.session.act("submit", { view_id: this.view.id, values });
      if (outcome?.errors && Object.keys(outcome.errors).length) showErrors(this.dialog, outcome.errors);
      tellOutcome(this.notes, outcome);
    });
  }

  /** Close the modal, or with `all` also those below it. @param {boolean} all */
  async leave(all) {
    if (!this.view) return;
    await this.while(() => this.session.act("close", { view_id: this.view.id, all }));
  }

  async while(work) {
    this.busy = true;
    this.dialog.setAttribute("aria-busy", "true");
    fill(this.dialog.querySelector("[data-dialog-problem]"));
    await work();
    this.busy = false;
    this.dialog.removeAttribute("aria-busy");
  }
}
