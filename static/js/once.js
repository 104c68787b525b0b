/* A form is sent once: the second click of an impatient hand does nothing until the answer or a return to the page. */

const sent = new Set();

function setBusy(form, busy) {
  if (busy) sent.add(form);
  else sent.delete(form);
  form.setAttribute("aria-busy", String(busy));
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    if (busy) button.dataset.wasEnabled = String(!button.hasAttribute("aria-disabled"));
    if (button.dataset.wasEnabled !== "true") continue;
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

document.addEventListener(
  "submit",
  (event) => {
    if (!sent.has(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = (event.submitter?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get").toLowerCase();
  if (event.defaultPrevented || method !== "post") return; // htmx prevents the default and is marked below
  if (form.hasAttribute("data-downloads")) return; // the answer is a file: the page stays, and may be asked again
  setTimeout(() => setBusy(form, true)); // after the browser has read which button was pressed
});

document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt.matches("form")) setBusy(elt, true);
});
document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => {
  if (elt.matches("form")) setBusy(elt, false);
});

window.addEventListener("pageshow", () => {
  for (const form of [...sent]) setBusy(form, false);
});
