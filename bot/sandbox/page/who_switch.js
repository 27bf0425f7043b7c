/** The switch of who this tab is. */

import { fill, h } from "./element.js";

export class WhoSwitch {
  /** @param {HTMLSelectElement} select */
  constructor(select, session) {
    Object.assign(this, { select, session });
    select.addEventListener("change", () => void session.become(select.value));
    fill(select, session.directory.actors().map(option(session.directory)));
  }

  draw() {
    const { select, session } = this;
    select.value = session.as;
    document.title = `${session.directory.people.get(session.as).role} · Countersign sandbox`;
  }
}

function option(directory) {
  return (person) => {
    const standing = directory.standingOf(person);
    const words = `${person.role}${standing ? ` (${standing})` : ""}`;
    return h("option", { value: person.id, "data-role": person.role, "data-name": person.name }, words);
  };
}
