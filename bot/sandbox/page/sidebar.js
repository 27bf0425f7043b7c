/** The left side: channels, DMs and the App Home. */

import { channelTitle } from "./conversation.js";
import { fill, h } from "./element.js";
import { keepingFocus } from "./focus.js";
import { markSeen, unreadCount } from "./seen.js";
import { HOME } from "./session.js";

export class Sidebar {
  /** @param {HTMLElement} root */
  constructor(root, session) {
    Object.assign(this, { root, session, drawn: "" });
    root.addEventListener("click", (event) => {
      const place = event.target.closest("[data-channel]")?.dataset.channel;
      if (place) void session.open(place);
    });
  }

  draw() {
    const { session } = this;
    const open = session.channel();
    if (open && document.visibilityState === "visible" && session.view !== "channels") markSeen(open, session.as);
    const entries = session.state.channels.map((channel) => this.entry(channel));
    const key = JSON.stringify([entries, session.place, session.as]);
    if (key === this.drawn) return;
    this.drawn = key;
    const app = session.directory.workspace.app.name;
    const home = { id: HOME, title: `${app} Home`, mark: "⌂", unread: 0 };
    const channels = entries.filter((entry) => !entry.isIm);
    const direct = entries.filter((entry) => entry.isIm);
    const directly = direct.length > 0 && this.group("Direct messages", direct);
    keepingFocus(() => fill(this.root, this.group("Channels", channels), directly, this.group("Apps", [home])));
  }

  entry(channel) {
    const { directory, as } = this.session;
    const mark = channel.is_im ? "✓" : channel.is_private ? "🔒" : channel.is_ext_shared ? "⇄" : "#";
    const title = channelTitle(channel, directory).replace(/^#/, "");
    const unread = channel === this.session.channel() ? 0 : unreadCount(channel, as);
    return { id: channel.id, title, mark, unread, isIm: channel.is_im, isShared: channel.is_ext_shared, isArchived: channel.is_archived };
  }

  group(title, entries) {
    const rows = entries.map((entry) => h("li", {}, this.row(entry)));
    return [h("h2", {}, title), h("ul", {}, rows)];
  }

  row(entry) {
    const unread = entry.unread > 0;
    return h(
      "button",
      {
        type: "button",
        class: unread ? "entry unread" : "entry",
        "data-channel": entry.id,
        "data-channel-name": entry.title,
        "data-unread": entry.unread,
        "aria-current": entry.id === this.session.place ? "page" : null,
      },
      h("span", { class: "mark", "aria-hidden": true }, entry.mark),
      h("span", { class: "name" }, entry.title),
      entry.isArchived && h("span", { class: "quiet" }, "archived"),
      entry.isShared && h("span", { class: "visually-hidden" }, ", shared with another company"),
      unread && h("span", { class: "dot" }, h("span", { class: "visually-hidden" }, `${entry.unread} unread`)),
    );
  }
}
