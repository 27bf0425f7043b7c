/** The middle of the page: a channel or DM with its composer, or the App Home. */

import { Composer } from "./composer.js";
import { button, fill, h } from "./element.js";
import { AppHome } from "./app_home.js";
import { keepingFocus } from "./focus.js";
import { MessageList } from "./message_list.js";
import { HOME } from "./session.js";

export class Conversation {
  /** @param {HTMLElement} root */
  constructor(root, session, notes) {
    this.session = session;
    this.headed = "";
    this.header = h("header", { class: "pane-head" });
    const log = h("div", { class: "messages", role: "log", "aria-label": "Messages", tabindex: 0, "data-testid": "messages" });
    this.log = log;
    this.nothing = nothingYet();
    this.list = new MessageList(log, { session, notes, inThread: false });
    this.hint = h("div", { class: "invite", hidden: true });
    this.composer = new Composer(session, notes, { testid: "composer", placeOf: () => ({ channel: session.place }) });
    this.home = new AppHome(session, notes);
    this.talk = h("div", { class: "talk" }, this.nothing, log, this.hint, this.composer.node);
    root.append(this.header, this.talk, this.home.node);
  }

  draw() {
    const isHome = this.session.place === HOME;
    this.talk.hidden = isHome;
    this.home.node.hidden = !isHome;
    if (isHome) this.drawHome();
    else this.drawChannel(this.session.channel());
  }

  /** Go to where this person writes: the composer, or the App Home where that is open. */
  enter() {
    this.session.show("messages");
    const isHome = this.session.place === HOME;
    (isHome ? this.home.node : this.talk.querySelector("textarea")).focus();
  }

  /** Bring a message of the open channel into sight. */
  reveal(ts) {
    this.list.reveal(ts);
  }

  drawHome() {
    this.head("home", this.session.directory.workspace.app.name, "App Home");
    this.home.draw(this.session.state.home);
  }

  drawChannel(channel) {
    if (!channel) return;
    const name = channelTitle(channel, this.session.directory);
    this.head(`${channel.id} ${channel.topic} ${channel.is_archived}`, name, channel.topic, channel);
    this.log.dataset.channel = channel.id;
    this.list.show(`${this.session.as} ${channel.id}`, channel.messages);
    this.composer.label(`Message ${name}`);
    this.composer.node.hidden = Boolean(channel.is_archived);
    this.drawInvite(channel);
    this.nothing.hidden = channel.messages.length > 0 || channel.is_im || channel.is_archived;
  }

  head(key, title, about, channel = {}) {
    if (this.headed === key) return;
    this.headed = key;
    const badge = (words) => h("span", { class: "badge badge-outside" }, words);
    const marks = [channel.is_ext_shared && badge("shared with another company"), channel.is_archived && badge("archived")];
    const words = about && h("p", { class: "quiet" }, about);
    const heading = h("h2", { "data-testid": "place" }, title);
    keepingFocus(() => fill(this.header, heading, marks, words, channel.id && !channel.is_im && this.archiver(channel)));
  }

  archiver(channel) {
    const archived = !channel.is_archived;
    const act = () => void this.session.act("archive", { channel: channel.id, archived });
    return button(archived ? "Archive" : "Unarchive", act, { class: "small", "data-testid": "archive" });
  }

  drawInvite(channel) {
    const app = this.session.directory.workspace.app;
    const key = channel.is_archived ? "archived" : channel.is_im || channel.bot_is_member ? "" : "absent";
    this.hint.hidden = !key;
    if (this.hint.dataset.shown === key) return;
    this.hint.dataset.shown = key;
    const invite = () => this.session.act("say", { channel: this.session.place, text: `/invite @${app.name.toLowerCase()}` });
    if (key === "archived") fill(this.hint, h("span", {}, "This channel is archived: nobody writes here, and no app either."));
    else fill(this.hint, h("span", {}, `${app.name} is not in this channel.`), button("Invite it", () => invite()));
  }
}

/** Return what stands in a channel in which nobody has said anything: what to begin with. */
function nothingYet() {
  const typed = (text) => h("li", {}, h("code", {}, text));
  const lines = ["/flag disable new-search in prod because cart errors", "/ops panel in prod", "/ops help"].map(typed);
  return h("div", { class: "nothing-yet", "data-testid": "nothing-yet" }, "Nothing has been said here yet. Type for example", h("ul", {}, lines), "or press Ask for a change.");
}

/** Return how a channel or DM is called. */
export function channelTitle(channel, directory) {
  if (channel.is_im) return directory.nameOf(channel.with);
  return `#${channel.name}`;
}
