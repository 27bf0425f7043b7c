/** Draws one message. */

import { drawBlocks } from "./blocks.js";
import { ask } from "./confirm_dialog.js";
import { timeOfDay } from "./dates.js";
import { button, h } from "./element.js";
import { mrkdwn } from "./mrkdwn.js";
import { messageSurface, tellOutcome } from "./surfaces.js";
import { showVersions } from "./versions.js";

/**
 * Return the node of a message.
 *
 * @param {object} message MESSAGE of the people API
 * @param {{session: import("./session.js").Session, notes: import("./notices.js").Notes, inThread: boolean}} around
 */
export function messageNode(message, around) {
  const { directory } = around.session;
  return h(
    "article",
    {
      class: message.ephemeral ? "message ephemeral" : message.deleted ? "message deleted" : "message",
      tabindex: -1,
      "data-ts": message.ts,
      "data-user": message.user,
      "data-ephemeral": String(message.ephemeral),
      "data-edited": String(message.edited),
      "data-deleted": String(Boolean(message.deleted)),
      "aria-label": `${directory.nameOf(message.user)}, ${timeOfDay(message.ts)}`,
    },
    avatar(message, directory),
    h("div", { class: "message-body" }, above(message), head(message, directory), content(message, around)),
    message.deleted ? null : tools(message, around),
  );
}

/** Return the square beside a message that stands for its author. */
function avatar(message, directory) {
  const isApp = directory.isApp(message.user);
  const name = directory.nameOf(message.user);
  const person = directory.people.get(message.user);
  const label = isApp ? "✓" : initials(person?.role ?? name);
  return h("div", { class: `avatar ${isApp ? "avatar-app" : `avatar-${hueOf(message.user)}`}`, "aria-hidden": true }, label);
}

function above(message) {
  const marks = [];
  if (message.ephemeral) marks.push(h("div", { class: "only-you" }, "Only visible to you"));
  if (message.in_channel_from_command) marks.push(h("div", { class: "quiet" }, message.in_channel_from_command));
  return marks;
}

function head(message, directory) {
  const person = directory.people.get(message.user);
  const standing = person ? directory.standingOf(person) : "";
  return h(
    "div",
    { class: "message-head" },
    h("strong", { class: "author" }, directory.nameOf(message.user)),
    directory.isApp(message.user) && h("span", { class: "badge" }, "APP"),
    standing && h("span", { class: "badge badge-outside" }, standing),
    h("time", { datetime: new Date(Number.parseFloat(message.ts) * 1000).toISOString() }, timeOfDay(message.ts)),
  );
}

function content(message, around) {
  const { session, notes } = around;
  const body = message.blocks?.length
    ? drawBlocks(message.blocks, messageSurface(session, notes, message))
    : [h("div", { class: "block-text" }, mrkdwn(message.text ?? "", session.directory))];
  if (message.edited) body.push(editedMark(message, session));
  if (!around.inThread && message.replies?.length) body.push(replyLine(message, session));
  return body;
}

function editedMark(message, session) {
  return button("(edited)", () => void showVersions(session, message), {
    class: "edited",
    "aria-label": "Edited. Show what it said before",
  });
}

function replyLine(message, session) {
  const count = message.replies.length;
  const words = count === 1 ? "1 reply" : `${count} replies`;
  const last = timeOfDay(message.replies.at(-1).ts);
  const line = button(words, () => session.openThread(message.ts), { class: "replies", "data-testid": "replies" });
  line.append(h("span", { class: "quiet" }, ` Last reply ${last}`));
  return line;
}

function tools(message, around) {
  const { session, notes, inThread } = around;
  if (message.ephemeral) return h("div", { class: "message-tools" }, button("Dismiss", () => void remove(session, message)));
  const shortcuts = session.directory.workspace.shortcuts.filter((one) => one.type === "message");
  const reply = () => session.openThread(message.ts);
  const run = (one) => session.act("shortcut", { callback_id: one.callback_id, channel: message.channel, ts: message.ts });
  const all = [
    !inThread && button("Reply", reply, { "data-testid": "reply" }),
    ...shortcuts.map((one) => button(one.name, async () => tellOutcome(notes, await run(one)), { "data-shortcut": one.callback_id })),
    isMine(message, session) && button("Delete…", () => void deleteAfterAsking(session, message), { "data-testid": "delete" }),
  ].filter(Boolean);
  return all.length ? h("div", { class: "message-tools" }, all) : null;
}

/** One's own messages can be deleted, and those of the app by anybody who runs the workspace. */
function isMine(message, session) {
  return message.user === session.as || session.directory.isApp(message.user);
}

async function deleteAfterAsking(session, message) {
  const text = "It disappears for everybody; the app is not told.";
  const isSure = await ask({ title: "Delete this message?", text: [text], confirm: "Delete", deny: "Keep", danger: true });
  if (isSure) await remove(session, message);
}

function remove(session, message) {
  return session.act("delete", { channel: message.channel, ts: message.ts });
}

function initials(name) {
  const words = name.split(/\s+/);
  return (words[0][0] + (words[1]?.[0] ?? "")).toUpperCase();
}

function hueOf(userId) {
  return [...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
}
