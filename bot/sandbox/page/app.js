/** Puts the page together. */

import { Conversation } from "./conversation.js";
import { DatadogPane } from "./datadog_pane.js";
import { renewAgo } from "./dates.js";
import { byId } from "./element.js";
import { listen } from "./live_updates.js";
import { Modal } from "./modal.js";
import { Notes, hideConnectionProblem, showProblem } from "./notices.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { ThreadPane } from "./thread_pane.js";
import { drawTabs } from "./view_tabs.js";
import { WhoSwitch } from "./who_switch.js";

const AGO_MS = 15_000;
const START_AGAIN_MS = 2000;

async function main() {
  const session = new Session(showProblem);
  await begun(session);
  const notes = new Notes();
  const parts = [
    new Sidebar(byId("sidebar"), session),
    new Conversation(byId("centre"), session, notes),
    new ThreadPane(byId("thread"), session, notes),
    new Modal(session, notes),
    new WhoSwitch(byId("who"), session),
  ];
  const draw = () => drawAll(session, parts, notes);
  session.onChange(draw);
  draw();
  const datadog = new DatadogPane(byId("datadog"), session);
  follow(session, datadog);
  window.addEventListener("hashchange", () => void goToAddress(session, parts[1]));
  await goToAddress(session, parts[1]);
}

/** Read the workspace; a sandbox that is still coming up is asked again. */
async function begun(session) {
  while (!session.state) {
    try {
      await session.start();
    } catch (failure) {
      session.tell(failure);
    }
    if (!session.state) await new Promise((resolve) => setTimeout(resolve, START_AGAIN_MS));
  }
}

function drawAll(session, parts, notes) {
  drawTabs(session, byId("tabs"), byId("right-tabs"));
  for (const part of parts) part.draw(part instanceof Modal ? session.state.modal : undefined);
  notes.show(session.as, session.state.notices);
}

function follow(session, datadog) {
  const onVersion = (version) => {
    if (version !== session.state?.version) void session.refresh();
    void datadog.refresh();
  };
  listen(onVersion, showConnection);
  void datadog.start();
  setInterval(() => renewAgo(document), AGO_MS);
  document.addEventListener("visibilitychange", () => session.changed());
}

function showConnection(isUp) {
  const node = byId("connection");
  node.textContent = isUp ? "Live" : "Reconnecting…";
  node.dataset.up = String(isUp);
  if (isUp) hideConnectionProblem();
  else showProblem("The connection to the sandbox is lost; trying again.", "unreachable");
}

/** Open what the address names after its #: a channel and perhaps a message, as permalinks do. */
async function goToAddress(session, conversation) {
  const [place, ts] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (!session.state?.channels.some((channel) => channel.id === place)) return;
  await session.open(place);
  if (ts) conversation.reveal(ts);
}

void main();
