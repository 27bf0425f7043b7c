/** The switch between light and dark; unless somebody chooses, the page looks as the system does. */

const KEY = "look";
const LOOKS = ["system", "light", "dark"];

/** Let a select choose how the page looks, in every tab of this browser. @param {HTMLSelectElement} select */
export function startLook(select) {
  const show = () => {
    const look = chosen();
    select.value = look;
    if (look === "system") delete document.documentElement.dataset.look;
    else document.documentElement.dataset.look = look;
  };
  select.addEventListener("change", () => {
    localStorage.setItem(KEY, select.value);
    show();
  });
  window.addEventListener("storage", (event) => event.key === KEY && show());
  show();
}

function chosen() {
  const kept = localStorage.getItem(KEY);
  return LOOKS.includes(kept) ? kept : "system";
}
