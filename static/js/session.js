/* An expired session loses nothing: what was typed waits in this tab until the same person has signed in again. */

import { announce } from "./announce.js";

const PREFIX = "draft:";
const EXPIRED = "session-expired";
const signInPath = document.body.dataset.signIn;
const person = document.body.dataset.person ?? "";

/* Keep the values of a form or row under a key of your choice. */
export function keep(key, values) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify({ person, values }));
  } catch {
    // a full or forbidden store must not stop the typing
  }
}

/* Return the values kept under the key by the person who is signed in now, or null. */
export function recall(key) {
  const stored = sessionStorage.getItem(PREFIX + key);
  if (stored === null) return null;
  const draft = JSON.parse(stored);
  return draft.person === person ? draft.values : null;
}

export function forget(key) {
  sessionStorage.removeItem(PREFIX + key);
}

/* Say whether the person comes back from a session that ended while something was typed. */
export function isReturning() {
  return sessionStorage.getItem(EXPIRED) === person && person !== "";
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
  sessionStorage.setItem(EXPIRED, person);
  document.dispatchEvent(new CustomEvent("session:expired"));
  announce("Phiên làm việc đã hết hạn, việc vừa rồi chưa được ghi. Những gì bạn nhập vẫn còn trong trình duyệt này.", {
    tone: "warn",
    link: { href: signInAgainUrl(), text: "Đăng nhập lại" },
  });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignedOut(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  announceSignedOut();
});

/* A plain form that was sent after the session ended lands here: the sign-in page. */
if (document.body.dataset.page === "sign-in") {
  const drafts = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  if (drafts.length > 0) {
    sessionStorage.setItem(EXPIRED, JSON.parse(sessionStorage.getItem(drafts[0])).person);
    document.getElementById("draft-kept")?.removeAttribute("hidden");
  }
}
