/* The button that opens the navigation on a small screen. */

export function start(button) {
  const box = document.getElementById(button.dataset.menu);
  const set = (open) => {
    box.classList.toggle("is-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    set(false);
    button.focus();
  });
}
