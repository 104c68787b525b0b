/* An expired session loses nothing: what was typed waits in this tab until the same person has signed in again. */

import { announce } from "./announce.js";

const PREFIX = "draft:";
const signInPath = document.body.dataset.signIn;
const person = document.body.dataset.person ?? "";

function read(key) {
  return JSON.parse(sessionStorage.getItem(PREFIX + key));
}

function write(key, draft) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // a full or forbidden store must not stop the typing
  }
}

/* Keep the values of a form or row under a key of your choice; sent says that they are on their way to the server. */
export function keep(key, values, { sent = false } = {}) {
  write(key, { person, values, sent });
}

/* Return what the person who is signed in now typed and did not send, or null. */
export function recall(key) {
  const draft = read(key);
  return draft && draft.person === person && !draft.sent ? draft.values : null;
}

export function forget(key) {
  sessionStorage.removeItem(PREFIX + key);
}

/* What was on its way has not arrived. */
function keepEverythingUnsent() {
  const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  for (const key of keys.map((key) => key.slice(PREFIX.length))) write(key, { ...read(key), sent: false });
  return keys.length > 0;
}

/* Say whether an answer (Response or XMLHttpRequest) means that the person must sign in again. */
export function isSignedOut(answer) {
  const address = answer.url ?? answer.responseURL;
  return answer.status === 401 || (Boolean(address) && new URL(address).pathname === signInPath);
}

export function signInAgainUrl() {
  return `${signInPath}?next=${encodeURIComponent(location.pathname + location.search)}`;
}

export function announceSignedOut() {
  keepEverythingUnsent();
  document.dispatchEvent(new CustomEvent("session:expired"));
  announce("Phiên làm việc đã hết hạn, việc vừa rồi chưa được ghi. Những gì bạn nhập vẫn còn trong trình duyệt này.", {
    tone: "warn",
    link: { href: signInAgainUrl(), text: "Đăng nhập lại" },
  });
}

/* Signing out on purpose leaves nothing on a shared computer. */
document.querySelector("[data-signs-out]")?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX))) sessionStorage.removeItem(key);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignedOut(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  announceSignedOut();
});

/* A plain form that was sent after the session ended lands here: the sign-in page. */
if (document.body.dataset.page === "sign-in" && keepEverythingUnsent()) {
  document.getElementById("draft-kept")?.removeAttribute("hidden");
}
