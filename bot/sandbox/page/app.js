/** Puts the page together. */

import { Conversation } from "./conversation.js";
import { DatadogFaults } from "./datadog_faults.js";
import { DatadogPane } from "./datadog_pane.js";
import { renewAgo } from "./dates.js";
import { byId } from "./element.js";
import { FaultsPane } from "./faults_pane.js";
import { listen } from "./live_updates.js";
import { startLook } from "./look.js";
import { Modal } from "./modal.js";
import { Notes, hideConnectionProblem, showProblem } from "./notices.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { SlackFaults } from "./slack_faults.js";
import { ThreadPane } from "./thread_pane.js";
import { drawTabs } from "./view_tabs.js";
import { WhoSwitch } from "./who_switch.js";

const AGO_MS = 15_000;
const START_AGAIN_MS = 2000;

async function main() {
  startLook(byId("look"));
  const session = new Session(showProblem);
  await begun(session);
  const notes = new Notes();
  const conversation = new Conversation(byId("centre"), session, notes);
  const datadogFaults = new DatadogFaults((work) => datadog.act(work));
  const datadog = new DatadogPane(byId("datadog"), session, datadogFaults);
  const parts = [
    new FaultsPane(byId("faults"), session, [new SlackFaults(session, notes), datadogFaults]),
    new Sidebar(byId("sidebar"), session),
    conversation,
    new ThreadPane(byId("thread"), session, notes),
    new Modal(session, notes),
    new WhoSwitch(byId("who"), session),
  ];
  const draw = betweenPresses(() => drawAll(session, parts, notes));
  session.onChange(draw);
  draw();
  follow(session, datadog);
  byId("skip").addEventListener("click", () => conversation.enter());
  window.addEventListener("hashchange", () => void goToAddress(session, conversation));
  await goToAddress(session, conversation);
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

/** Return a function that draws, though never while a pointer is held down: what is being pressed stays where it is. */
function betweenPresses(draw) {
  let isDown = false;
  let waits = false;
  const up = () => {
    isDown = false;
    if (waits) setTimeout(later);
  };
  const later = () => {
    waits = isDown;
    if (!isDown) draw();
  };
  window.addEventListener("pointerdown", () => (isDown = true), true);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, up, true);
  window.addEventListener("blur", up);
  return later;
}

function drawAll(session, parts, notes) {
  for (const part of parts) part.draw(part instanceof Modal ? session.state.modal : undefined);
  drawTabs(session, byId("tabs"), byId("right-tabs"));
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
