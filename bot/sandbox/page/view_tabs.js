/** The tabs that bring one of the views forward where there is no room for all. */

import { button, fill } from "./element.js";
import { keepingFocus } from "./focus.js";

const NAMES = { channels: "Channels", messages: "Messages", thread: "Thread", datadog: "Datadog", faults: "Faults" };

/** Draw the tabs for small screens and those above the right column. */
export function drawTabs(session, all, right) {
  document.body.dataset.view = session.view;
  document.body.dataset.right = session.right;
  const hasThread = session.threadTs !== null;
  draw(all, session, Object.keys(NAMES).filter((view) => view !== "thread" || hasThread), session.view);
  draw(right, session, ["thread", "datadog", "faults"].filter((view) => view !== "thread" || hasThread), session.right);
}

function draw(root, session, views, current) {
  const key = [...views, current, session.faultsOn].join();
  root.hidden = views.length === 0;
  if (root.dataset.drawn === key) return;
  root.dataset.drawn = key;
  const tab = (view) => {
    const count = view === "faults" && session.faultsOn;
    const name = count ? `Faults (${count})` : NAMES[view];
    const look = { "data-view": view, "aria-current": view === current ? "true" : null, "aria-label": count ? `Faults, ${count} on` : null };
    return button(name, () => session.show(view), look);
  };
  keepingFocus(() => fill(root, views.map(tab)));
}
