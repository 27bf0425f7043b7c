/** Shows every form of a message that people have seen. */

import { drawBlocks } from "./blocks.js";
import { dateText } from "./dates.js";
import { button, freshId, h } from "./element.js";
import { FieldValues } from "./field_values.js";
import { mrkdwn } from "./mrkdwn.js";
import { read } from "./people_api.js";

/** Read the forms of a message and show them, oldest first. */
export async function showVersions(session, message) {
  try {
    const where = { as: session.as, channel: message.channel, ts: message.ts };
    const { versions } = await read("/sandbox/history", where);
    open(versions, session.directory);
  } catch (failure) {
    session.tell(failure);
  }
}

function open(versions, directory) {
  const titleId = freshId("versions-title");
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId, "data-testid": "versions" });
  const foot = h("div", { class: "dialog-foot" }, button("Close", () => dialog.close()));
  const body = versions.map((version) => form(version, directory));
  dialog.append(h("h2", { id: titleId }, "Every form of this message"), h("div", { class: "dialog-body" }, body), foot);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** What was shown then can be read but not used. */
function form(version, directory) {
  const nothing = async () => [];
  const surface = { kind: "message", directory, fields: new FieldValues(), press: nothing, suggest: nothing };
  const body = version.blocks?.length ? drawBlocks(version.blocks, surface) : mrkdwn(version.text ?? "", directory);
  const when = dateText(version.at, "{date_short_pretty} at {time_secs}") ?? "";
  const shown = version.deleted ? h("p", { class: "quiet" }, "Deleted") : h("div", { inert: true }, body);
  return h("section", { class: "version" }, h("h3", {}, when), shown);
}
