/* <form data-module="draft" data-draft="dispute-17">: what is typed is kept until it was sent, and put back after an
   expired session. Passwords, files and hidden fields are never kept. */

import { announce } from "./announce.js";
import { forget, isReturning, isSignedOut, keep, recall } from "./session.js";

function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button", "fieldset"].includes(field.type),
  );
}

function read(form) {
  return fields(form)
    .filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked)
    .map((field) => [field.name, field.value]);
}

function write(form, values) {
  for (const field of fields(form)) {
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(field.type)) field.checked = own.includes(field.value);
    else if (field instanceof HTMLSelectElement && field.multiple) {
      for (const option of field.options) option.selected = own.includes(option.value);
    } else if (own.length > 0) field.value = own[0];
  }
}

export function start(form) {
  const key = form.dataset.draft ?? `${location.pathname}#${form.id}`;
  const values = recall(key);
  if (values && isReturning()) {
    write(form, values);
    announce("Đã đưa lại những gì bạn nhập trước khi phiên hết hạn. Kiểm tra rồi gửi lại.");
  } else forget(key); // it was sent, or the person went elsewhere

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(key, read(form)), 300);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    keep(key, read(form));
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !isSignedOut(event.detail.xhr)) forget(key);
  });
}
