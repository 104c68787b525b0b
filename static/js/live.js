/* A region that refreshes itself never takes the focus away: while it is inside, the new answer is left for later. */

export function start(region) {
  region.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === region && region.contains(document.activeElement)) event.detail.shouldSwap = false;
  });
}
