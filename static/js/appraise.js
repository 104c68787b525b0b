/* Appraising by keyboard: Alt with the arrows walks the items, Ctrl with Enter saves; a word before leaving unsaved. */

function go(relation) {
  document.querySelector(`a[rel="${relation}"]`)?.click();
}

export function start(page) {
  document.addEventListener("keydown", (event) => {
    if (!page.isConnected || document.querySelector("dialog[open]")) return;
    if (event.altKey && !event.ctrlKey && event.key === "ArrowDown") go("next");
    else if (event.altKey && !event.ctrlKey && event.key === "ArrowUp") go("prev");
    else if (event.ctrlKey && event.key === "Enter") document.getElementById("judgement")?.requestSubmit();
    else return;
    event.preventDefault();
  });
  const form = document.getElementById("judgement");
  if (form) warnBeforeLeaving(form);
}

function warnBeforeLeaving(form) {
  const read = () => JSON.stringify([...new FormData(form)]);
  let saved = "";
  let sending = false;
  setTimeout(() => {
    saved = read(); // after what an expired session kept was put back
  });
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("pageshow", () => {
    sending = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && form.isConnected && read() !== saved) event.preventDefault();
  });
}
