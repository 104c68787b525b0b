/* <form data-module="draft" data-draft="dispute-17">: what is typed is kept until it was sent, and put back after an
   expired session or a slip of the hand. Passwords, files and hidden fields are never kept. */

import { forget, isSignedOut, keep, recall } from "./session.js";

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

function say(form, sentence) {
  const box = document.createElement("div");
  box.className = "notice tone-info";
  box.setAttribute("role", "status");
  form.prepend(box);
  box.textContent = sentence; // after it stands in the page, so that it is read out
}

export function start(form) {
  const key = form.dataset.draft ?? `${location.pathname}#${form.id}`;
  const values = recall(key);
  if (values) {
    write(form, values);
    say(form, "Đã đưa lại những gì bạn nhập mà chưa gửi được. Kiểm tra rồi gửi.");
  } else forget(key); // it was sent

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(key, read(form)), 300);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    keep(key, read(form), { sent: true });
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !isSignedOut(event.detail.xhr)) forget(key);
  });
}
