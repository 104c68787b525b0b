/* Starts the module that an element names: <div data-module="upload">, also in content that htmx brings. */

import { announce } from "./announce.js";
import * as dialog from "./dialog.js";
import * as focus from "./focus.js";
import * as menu from "./menu.js";
import "./once.js";
import "./session.js";

/* A new module is one more line here; it exports start(element). Large ones are fetched by the pages that name them. */
const modules = {
  appraise: () => import("./appraise.js"),
  copy: () => import("./copy.js"),
  dialog: () => dialog,
  draft: () => import("./draft.js"),
  focus: () => focus,
  "list-keys": () => import("./keys.js"),
  live: () => import("./live.js"),
  menu: () => menu,
  "show-password": () => import("./password.js"),
  sheet: () => import("./sheet.js"),
  upload: () => import("./upload.js"),
};
const started = new WeakMap();

async function startOne(element, name) {
  const names = started.get(element) ?? new Set();
  if (names.has(name)) return;
  started.set(element, names.add(name));
  if (!(name in modules)) {
    console.error(`There is no module "${name}".`);
    return;
  }
  (await modules[name]()).start(element);
}

function start(root) {
  const elements = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) elements.unshift(root);
  for (const element of elements) {
    for (const name of element.dataset.module.split(/\s+/).filter(Boolean)) startOne(element, name);
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
document.addEventListener("htmx:sendError", () => {
  announce("Mất kết nối, việc vừa làm chưa được ghi. Kiểm tra mạng rồi thử lại.", { tone: "danger" });
});
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) return; // session.js says it
  const sentence = status === 403
    ? "Bạn không được làm việc này, hoặc trang đã mở quá lâu. Tải lại trang rồi thử lần nữa."
    : "Hệ thống chưa làm được việc này và chưa ghi gì. Tải lại trang rồi thử lần nữa.";
  announce(sentence, { tone: "danger" });
});
