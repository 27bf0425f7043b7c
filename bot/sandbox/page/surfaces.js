/** Connects drawn elements with the people API: a message's, a modal's and the App Home's. */

import { FieldValues } from "./field_values.js";

/** Return the surface of a message. @returns {import("./blocks.js").Surface} */
export function messageSurface(session, notes, message) {
  return surface(session, notes, "message", { channel: message.channel, ts: message.ts }, new FieldValues());
}

/** Return the surface of a modal or home; `before` are values that survive a redraw. */
export function viewSurface(session, notes, view, before) {
  return surface(session, notes, view.type, { view_id: view.id }, new FieldValues(before));
}

/** Say what Slack told the person, unless the app has acked. */
export function tellOutcome(notes, outcome) {
  if (outcome?.shown && outcome.outcome !== "acked") notes.say(outcome.shown);
  return outcome;
}

function surface(session, notes, kind, place, fields) {
  const to = (element, blockId) => ({ ...place, action_id: element.action_id, block_id: blockId });
  return {
    kind,
    fields,
    directory: session.directory,
    press: async (element, blockId, value) => {
      const body = { ...to(element, blockId), values: fields.values() };
      tellOutcome(notes, await session.act("press", value === undefined ? body : { ...body, value }));
    },
    suggest: async (element, blockId, query) => {
      const outcome = await session.act("suggest", { ...to(element, blockId), query });
      const groups = outcome?.option_groups?.length ? outcome.option_groups : [{ options: outcome?.options ?? [] }];
      return tellOutcome(notes, outcome) ? groups : [];
    },
  };
}

