/** What this tab shows: who is looking, where, and what the sandbox last said. */

import { Directory } from "./directory.js";
import { ApiFailure, read, send } from "./people_api.js";

export const HOME = "home";

export class Session {
  /** @param {(text: string, kind?: string) => void} report shows a failure to the person */
  constructor(report) {
    this.report = report;
    this.state = null;
    this.place = "";
    this.threadTs = null;
    this.view = "messages";
    this.right = "datadog";
    this.faultsOn = 0;
    this.listeners = [];
    this.reading = null;
    this.readAgain = false;
  }

  /** Read the workspace, choose a person and read what that person sees. */
  async start() {
    this.directory = new Directory(await read("/sandbox/workspace"));
    const query = new URLSearchParams(location.search);
    const wanted = this.directory.actor(query.get("as")) ?? this.directory.actor(sessionStorage.getItem("as"));
    this.place = query.get("channel") ?? sessionStorage.getItem("place") ?? "";
    await this.become((wanted ?? this.directory.actors()[0]).id);
  }

  /** Look at the workspace as another person. @param {string} userId */
  async become(userId) {
    this.as = userId;
    this.state = null;
    this.leaveThread();
    sessionStorage.setItem("as", userId);
    rememberInAddress(userId);
    await this.refresh();
    if (this.place === HOME) await this.act("home", {});
  }

  /** Read what the person sees; calls that come meanwhile share one further reading. */
  refresh() {
    if (this.reading) this.readAgain = true;
    else this.reading = this.readUntilCurrent().finally(() => (this.reading = null));
    return this.reading;
  }

  /** Do something as the person; returns the outcome, or null after telling that it failed. */
  async act(what, body) {
    return this.attempt(() => send(`/sandbox/${what}`, { as: this.as, ...body }));
  }

  /** Change how Slack behaves, for everybody. @param {object} some of its settings */
  settings(some) {
    return this.attempt(() => send("/sandbox/settings", some));
  }

  async attempt(work) {
    let outcome = null;
    try {
      outcome = await work();
    } catch (failure) {
      this.tell(failure);
    }
    await this.refresh();
    return outcome;
  }

  /** Go to a channel, a DM or the App Home. */
  async open(place) {
    this.place = place;
    this.leaveThread();
    this.view = "messages";
    sessionStorage.setItem("place", place);
    this.changed();
    if (place === HOME) await this.act("home", {});
  }

  /** Show a thread beside the channel. @param {string} ts */
  openThread(ts) {
    this.threadTs = ts;
    this.show("thread");
  }

  closeThread() {
    this.leaveThread();
    this.show("messages");
  }

  leaveThread() {
    this.threadTs = null;
    if (this.right === "thread") this.right = "datadog";
  }

  /** Bring one of the views forward: channels, messages, thread, datadog or faults. */
  show(view) {
    this.view = view;
    if (view !== "channels" && view !== "messages") this.right = view;
    this.changed();
  }

  /** Return the open channel or DM, or null on the App Home. */
  channel() {
    return this.state?.channels.find((one) => one.id === this.place) ?? null;
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  changed() {
    if (this.state) for (const listener of this.listeners) listener(this);
  }

  /** Tell a failure of the people API; anything else is a fault of this page and goes on. */
  tell(failure) {
    if (!(failure instanceof ApiFailure)) throw failure;
    this.report(failure.message, failure.code);
  }

  async readUntilCurrent() {
    do {
      this.readAgain = false;
      await this.readOnce();
    } while (this.readAgain);
  }

  async readOnce() {
    const reader = this.as;
    try {
      const state = await read("/sandbox/state", { as: reader });
      if (reader !== this.as) this.readAgain = true;
      else this.take(state);
    } catch (failure) {
      this.tell(failure);
    }
  }

  take(state) {
    this.state = state;
    const named = this.place && state.channels.find((one) => one.id === this.place || one.name === this.place);
    if (this.place !== HOME) this.place = (named || state.channels[0])?.id ?? HOME;
    this.changed();
  }
}

function rememberInAddress(userId) {
  const address = new URL(location.href);
  address.searchParams.set("as", userId);
  history.replaceState(null, "", address);
}
