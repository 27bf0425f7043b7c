/** Keeps the focus where it was while something is drawn anew, and gives it back when a dialog closes. */

const FOCUSABLE = "button, input, select, textarea, a[href], summary, [tabindex]";
const OWN = ["channel", "view", "fault", "happening", "shortcut", "testid"];
const PANES = "[data-testid=messages], [data-testid=thread], [data-testid=app-home], dialog, aside, nav, header";

/** Draw a part of the page; what had the focus in it, or what stands there then, has it afterwards. */
export function keepingFocus(draw) {
  const giveBack = rememberFocus();
  draw();
  giveBack();
}

/** Return what gives the focus back to where it is now, should it have been lost by then. */
export function rememberFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return () => undefined;
  const pane = element.closest(PANES);
  const ways = waysTo(element);
  return () => {
    if (document.contains(element) ? document.activeElement === element : !isLost(document.activeElement)) return;
    if (document.contains(element)) element.focus();
    else for (const way of ways) if (focusIn(pane, way)) return;
  };
}

/** Whether the focus is nowhere, or on what has just been hidden and keeps it until the browser draws again. */
function isLost(held) {
  return !held || held === document.body || held.getClientRects().length === 0;
}

/** Return selectors of an element that still hold when it is drawn anew, the closest first. */
function waysTo(element) {
  const message = selector(element, "ts", "article");
  const block = selector(element, "blockId");
  const action = selector(element, "actionId");
  const scope = element.parentElement ? selector(element.parentElement, "testid") : "";
  const name = OWN.find((one) => element.dataset[one] !== undefined);
  const own = name ? selector(element, name) : "";
  return [
    action && `${message} ${block} ${action}`,
    action && `${message} ${action}`,
    own && `${scope} ${message} ${own}`,
    message && `${message} .message-body`,
    message,
    ":scope",
  ].filter(Boolean);
}

function selector(element, name, tag = "") {
  const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const found = element.closest(`${tag}[${attribute}]`)?.getAttribute(attribute);
  return found ? `${tag}[${attribute}="${CSS.escape(found)}"]` : "";
}

function focusIn(pane, way) {
  const found = way === ":scope" ? (pane?.querySelector(".dialog-body") ?? pane) : pane?.querySelector(way);
  const target = found?.matches(FOCUSABLE) ? found : found?.querySelector(FOCUSABLE);
  target?.focus({ preventScroll: way === ":scope" });
  return document.activeElement === target && Boolean(target);
}
