/** Asks a yes or no question before something is done, as Slack's confirm dialogs do. */

import { button, freshId, h } from "./element.js";
import { rememberFocus } from "./focus.js";

/**
 * Return whether the person agreed.
 *
 * @param {{title: Node | string, text: (Node | string)[], confirm: string, deny: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function ask(question) {
  const titleId = freshId("confirm-title");
  const dialog = h("dialog", { class: "dialog confirm", "aria-labelledby": titleId, "data-testid": "confirm" });
  const deny = button(question.deny, () => dialog.close("no"), { "data-testid": "confirm-deny" });
  const look = question.danger ? "danger" : "primary";
  const agree = button(question.confirm, () => dialog.close("yes"), { class: look, "data-testid": "confirm-yes" });
  dialog.append(
    h("h2", { id: titleId }, question.title),
    h("div", { class: "dialog-body" }, question.text),
    h("div", { class: "dialog-foot" }, deny, agree),
  );
  const giveBack = rememberFocus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      giveBack();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    agree.focus();
  });
}
