/** A button that opens a list to pick from: overflow menus and selects that act at once. */

import { button, fill, h } from "./element.js";

/**
 * Return the button with its list.
 *
 * @param {{label: unknown, name?: string, arrow?: boolean, chosen?: string,
 *          options: {value: string, nodes: unknown, group?: string}[],
 *          pick: (value: string, node: HTMLElement) => unknown}} menu
 */
export function menuButton(menu) {
  const root = h("span", { class: "menu" });
  const opener = button("", () => (root.querySelector(".menu-list") ? close() : open()), {
    class: menu.arrow ? "select-like" : "",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "aria-label": menu.name,
  });
  fill(opener, menu.label, menu.arrow && h("span", { class: "arrow", "aria-hidden": true }, "▾"));
  const leave = (event) => root.contains(event.target) || close();

  function open() {
    const list = h("div", { class: "menu-list", role: "menu", onkeydown: onKey }, items(menu, picked));
    root.append(list);
    opener.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", leave);
    list.scrollIntoView({ block: "nearest" });
    (list.querySelector("[aria-checked=true]") ?? list.querySelector("button"))?.focus();
  }

  function close() {
    root.querySelector(".menu-list")?.remove();
    opener.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", leave);
  }

  function picked(value) {
    close();
    opener.focus();
    void menu.pick(value, opener);
  }

  function onKey(event) {
    if (event.key === "Escape" || event.key === "Tab") close();
    if (event.key === "Escape") {
      event.preventDefault();
      opener.focus();
    }
    if (event.key === "ArrowDown") step(event, 1);
    if (event.key === "ArrowUp") step(event, -1);
  }

  root.append(opener);
  return root;
}

function step(event, by) {
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  all[(at + by + all.length) % all.length]?.focus();
}

function items(menu, picked) {
  let group;
  return menu.options.flatMap((option) => {
    const isNew = option.group !== group;
    group = option.group;
    const look = { role: "menuitem", "data-value": option.value, "aria-checked": option.value === menu.chosen || null };
    const item = h("button", { type: "button", ...look, onclick: () => picked(option.value) }, option.nodes);
    return isNew && group ? [h("div", { class: "menu-group" }, group), item] : [item];
  });
}
