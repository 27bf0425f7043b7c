/** The tabs that bring one of the views forward where there is no room for all. */

import { button, fill } from "./element.js";

const NAMES = { channels: "Channels", messages: "Messages", thread: "Thread", datadog: "Datadog" };

/** Draw the tabs for small screens and those above the right column. */
export function drawTabs(session, all, right) {
  document.body.dataset.view = session.view;
  document.body.dataset.right = session.right;
  const hasThread = session.threadTs !== null;
  draw(all, session, Object.keys(NAMES).filter((view) => view !== "thread" || hasThread), session.view);
  draw(right, session, hasThread ? ["thread", "datadog"] : [], session.right);
}

function draw(root, session, views, current) {
  const key = [...views, current].join();
  root.hidden = views.length === 0;
  if (root.dataset.drawn === key) return;
  root.dataset.drawn = key;
  const tab = (view) => {
    const look = { "data-view": view, "aria-current": view === current ? "true" : null };
    return button(NAMES[view], () => session.show(view), look);
  };
  fill(root, views.map(tab));
}
