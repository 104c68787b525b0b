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
  if (!form) return;
  warnBeforeLeaving(form);
  const reason = form.querySelector("[data-part=reason]");
  if (reason?.dataset.own || reason?.dataset.most) sayWhenAReasonIsOwed(form, reason);
}

/* Numbers are compared as numbers: 9 and "9,0" are one answer. */
function plain(text) {
  const joined = text.replace(/\s/g, "");
  return /^\d+([.,]\d+)?$/.test(joined) ? String(Number(joined.replace(",", "."))) : text.trim();
}

/* Say before saving that what is entered now needs its reason; the server has the last word. */
function sayWhenAReasonIsOwed(form, part) {
  const { own, most } = part.dataset;
  const said = part.querySelector("[role=status]");
  const note = part.querySelector("textarea");
  const theirs = own ? JSON.parse(own) : {};
  const names = [...form.elements].filter((field) => field.name && field.type !== "hidden" && field !== note && field.tagName !== "BUTTON");
  const isOwed = () => {
    const values = new FormData(form);
    if (most) return values.get("na") !== "on" && Number(plain(values.get("points") ?? "")) < Number(plain(most));
    return names.some(({ name }) => plain(values.get(name) ?? "") !== plain(theirs[name] ?? ""));
  };
  const sentence = most
    ? `Điểm thấp hơn mức tối đa ${most}: phải ghi lý do rồi mới lưu được.`
    : "Kết quả này khác kết quả đơn vị tự chấm: phải ghi lý do rồi mới lưu được.";
  const look = () => {
    const owed = isOwed();
    note.setAttribute("aria-required", String(owed));
    const text = owed && note.value.trim().length < 5 ? sentence : "";
    if (said.textContent !== text) said.textContent = text;
  };
  form.addEventListener("input", look);
  setTimeout(look); // after what an expired session kept was put back
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
