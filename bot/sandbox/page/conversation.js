/** The middle of the page: a channel or DM with its composer, or the App Home. */

import { Composer } from "./composer.js";
import { button, fill, h } from "./element.js";
import { AppHome } from "./app_home.js";
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
    this.list = new MessageList(log, { session, notes, inThread: false });
    this.hint = h("div", { class: "invite", hidden: true });
    this.composer = new Composer(session, notes, { testid: "composer", placeOf: () => ({ channel: session.place }) });
    this.home = new AppHome(session, notes);
    this.talk = h("div", { class: "talk" }, log, this.hint, this.composer.node);
    root.append(this.header, this.talk, this.home.node);
  }

  draw() {
    const isHome = this.session.place === HOME;
    this.talk.hidden = isHome;
    this.home.node.hidden = !isHome;
    if (isHome) this.drawHome();
    else this.drawChannel(this.session.channel());
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
    this.head(channel.id + channel.topic, name, channel.topic, channel);
    this.log.dataset.channel = channel.id;
    this.list.show(`${this.session.as} ${channel.id}`, channel.messages);
    this.composer.label(`Message ${name}`);
    this.drawInvite(channel);
  }

  head(key, title, about, channel = {}) {
    if (this.headed === key) return;
    this.headed = key;
    const shared = channel.is_ext_shared && h("span", { class: "badge badge-outside" }, "shared with another company");
    fill(this.header, h("h2", { "data-testid": "place" }, title), shared, about && h("p", { class: "quiet" }, about));
  }

  drawInvite(channel) {
    const app = this.session.directory.workspace.app;
    this.hint.hidden = channel.is_im || channel.bot_is_member;
    const invite = () => this.session.act("say", { channel: channel.id, text: `/invite @${app.name.toLowerCase()}` });
    if (this.hint.hidden || this.hint.childElementCount) return;
    fill(this.hint, h("span", {}, `${app.name} is not in this channel.`), button("Invite it", () => invite()));
  }
}

/** Return how a channel or DM is called. */
export function channelTitle(channel, directory) {
  if (channel.is_im) return directory.nameOf(channel.with);
  return `#${channel.name}`;
}
