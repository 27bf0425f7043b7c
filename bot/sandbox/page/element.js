/** Builds DOM nodes. Content only ever becomes text nodes and attributes, so a name cannot become markup. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Return a new element; a property that starts with "on" is a listener, null and false leave an attribute out.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(node, name, value);
  node.append(...children.flat(Infinity).filter(isShown).map(asNode));
  return node;
}

/** Replace what is in a node. @param {Element} node @param {...(Child | Child[])} children */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(isShown).map(asNode));
}

/** Return a button that never submits a form. */
export function button(label, onClick, properties = {}) {
  return h("button", { type: "button", onclick: onClick, ...properties }, label);
}

/** Return the element with this id, which the page is known to have. @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

let lastId = 0;

/** Return an id that no other element has. @param {string} prefix */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

function setProperty(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
