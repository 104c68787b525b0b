/* j and k walk through the rows of a list, Enter opens the one reached; the arrow keys keep scrolling the page.
   Rows carry data-key-item; the control to reach is [data-key-target] or the first link or button of the row. */

const TYPED_IN = "input, textarea, select, [contenteditable]";
const lists = new Set();

function target(row) {
  return row.querySelector("[data-key-target]") ?? row.querySelector("a[href], button");
}

function move(list, step) {
  const rows = [...list.querySelectorAll("[data-key-item]")].filter((row) => target(row));
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = current === -1 ? (step > 0 ? 0 : rows.length - 1) : current + step;
  if (!rows[next]) return;
  for (const row of rows) row.classList.toggle("is-current", row === rows[next]);
  target(rows[next]).focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest(TYPED_IN)) return;
  if (document.querySelector("dialog[open]")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const shown = [...lists].filter((list) => list.isConnected);
  const list = shown.find((one) => one.contains(document.activeElement)) ?? shown[0];
  if (!list) return;
  event.preventDefault();
  move(list, step);
});

export function start(list) {
  lists.add(list);
  list.addEventListener("focusin", (event) => {
    const reached = event.target.closest("[data-key-item]");
    for (const row of list.querySelectorAll("[data-key-item]")) row.classList.toggle("is-current", row === reached);
  });
}
