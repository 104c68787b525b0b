/* The self-scoring sheet: every row is saved when it is left, with the version that was seen; nothing typed is lost. */

import { announceSignedOut, forget, isSignedOut, keep, recall } from "./session.js";

const PAUSE = 900; // ms of rest after typing before a row is saved

class Row {
  constructor(sheet, element) {
    this.sheet = sheet;
    this.element = element;
    this.id = element.dataset.row;
    this.key = `sheet-${sheet.caseId}-${this.id}`;
    this.saved = JSON.stringify(this.values());
    this.sending = null;
    this.timer = 0;
  }

  inputs() {
    return [...this.element.querySelectorAll(`[name^="${this.id}."]`)].filter((input) => input.type !== "hidden");
  }

  version() {
    return this.element.querySelector(`[name="${this.id}.version"]`);
  }

  values() {
    const values = {};
    for (const input of this.inputs()) {
      const name = input.name.slice(this.id.length + 1);
      if (input.type === "checkbox") values[name] = input.checked ? "on" : "";
      else if (input.type !== "radio") values[name] = input.value.trim();
      else if (input.checked) values[name] = input.value;
      else values[name] ??= "";
    }
    return values;
  }

  show(values) {
    for (const input of this.inputs()) {
      const value = values[input.name.slice(this.id.length + 1)] ?? "";
      if (input.type === "checkbox") input.checked = value === "on" || value === true;
      else if (input.type === "radio") input.checked = input.value === value;
      else input.value = value;
    }
  }

  isChanged() {
    return JSON.stringify(this.values()) !== this.saved;
  }

  /* Half a ratio or half a deduction is still being typed: wait until the row is left. */
  isHalf() {
    const typed = this.inputs().filter((input) => input.type !== "checkbox" && input.type !== "radio");
    return typed.some((input) => input.value.trim()) && typed.some((input) => !input.value.trim());
  }

  touched() {
    clearTimeout(this.timer);
    if (!this.isChanged()) return this.settle();
    keep(this.key, this.values());
    if (!this.isHalf()) this.timer = setTimeout(() => this.save(), PAUSE);
  }

  /* What stands here is what is stored: no draft is kept and no complaint stays. */
  settle() {
    forget(this.key);
    this.message("");
  }

  async save({ over = false } = {}) {
    clearTimeout(this.timer);
    if (this.sending) await this.sending;
    if (!this.isChanged() && !over) return this.settle();
    this.sending = this.send();
    try {
      await this.sending;
    } finally {
      this.sending = null;
      this.element.classList.remove("is-saving");
    }
  }

  async send() {
    const sent = this.values();
    const body = new FormData();
    for (const [name, value] of Object.entries(sent)) body.set(name, value);
    body.set("version", this.version().value);
    body.set("csrfmiddlewaretoken", this.sheet.token);
    keep(this.key, sent);
    this.element.classList.add("is-saving");
    let answer;
    try {
      answer = await fetch(`${this.sheet.url}${this.id}/`, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
      });
    } catch {
      this.say("Mất kết nối, dòng này chưa được lưu. Hệ thống sẽ thử lại khi có mạng.", { retry: true });
      return;
    }
    if (isSignedOut(answer)) {
      announceSignedOut();
      return;
    }
    if (answer.status === 403 && !answer.headers.get("Content-Type")?.includes("json")) {
      this.say("Trang đã mở quá lâu nên chưa lưu được. Tải lại trang, những gì bạn nhập vẫn còn.", { retry: true });
      return;
    }
    const data = await answer.json();
    if (answer.ok) this.accept(data, sent);
    else if (answer.status === 409) this.conflict(data, sent);
    else this.say(data.sentence);
  }

  accept(data, sent) {
    forget(this.key);
    this.version().value = data.version;
    this.saved = JSON.stringify(sent);
    this.message("");
    this.part("points").textContent = data.points;
    this.part("why").textContent = data.explanation;
    const badge = this.part("state").querySelector(".badge");
    if (badge) {
      badge.className = `badge tone-${data.state.tone}`;
      const use = badge.querySelector("use");
      if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${data.state.icon}`));
      const word = badge.querySelector("span") ?? badge.lastChild;
      word.textContent = data.state.label;
    }
    this.sheet.sums(data);
  }

  conflict(data, sent) {
    const box = this.message("conflict");
    const sentence = document.createElement("p");
    sentence.textContent = `${data.sentence} Trên máy chủ: ${data.current.text} (${data.current.by}, ${data.current.at}). Bạn nhập: ${this.inWords(sent)}.`;
    const theirs = this.button("Giữ của đồng nghiệp", () => {
      this.version().value = data.current.version;
      this.show({ ...data.current.values, na: data.current.na ? "on" : "" });
      this.saved = JSON.stringify(this.values());
      forget(this.key);
      this.message("");
    });
    const mine = this.button("Ghi giá trị của tôi", () => {
      this.version().value = data.current.version;
      this.message("");
      this.save({ over: true });
    });
    box.append(sentence, theirs, mine);
    theirs.focus();
  }

  inWords(values) {
    if (values.na === "on") return "Không áp dụng";
    return this.inputs()
      .filter((input) => input.type !== "checkbox" && (input.type !== "radio" || input.checked))
      .map((input) => (input.tagName === "SELECT" ? input.selectedOptions[0].text : input.type === "radio" ? input.parentElement.textContent.trim() : input.value))
      .join("/") || "(để trống)";
  }

  say(sentence, { retry = false } = {}) {
    const box = this.message("refusal");
    box.append(sentence);
    for (const input of this.inputs()) input.setAttribute("aria-invalid", "true");
    if (retry) window.addEventListener("online", () => this.save({ over: true }), { once: true });
  }

  message(kind) {
    const box = this.part("message");
    box.replaceChildren();
    box.setAttribute("role", kind ? "alert" : "presentation");
    box.classList.toggle("sheet__message--conflict", kind === "conflict");
    for (const input of this.inputs()) input.removeAttribute("aria-invalid");
    return box;
  }

  button(text, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = text;
    button.addEventListener("click", action);
    return button;
  }

  part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

class Sheet {
  constructor(element) {
    this.element = element;
    this.caseId = element.dataset.case;
    this.url = element.dataset.url;
    this.token = document.getElementById("f").elements.csrfmiddlewaretoken.value;
    this.rows = [...element.querySelectorAll("[data-row]")].map((element) => new Row(this, element));
    this.byElement = new Map(this.rows.map((row) => [row.element, row]));
    element.addEventListener("input", (event) => this.rowOf(event.target)?.touched());
    element.addEventListener("change", (event) => this.changed(event.target));
    element.addEventListener("focusout", (event) => this.left(event));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("paste", (event) => this.paste(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.rows.some((row) => row.isChanged())) event.preventDefault();
    });
    this.restore();
  }

  rowOf(element) {
    return this.byElement.get(element.closest("[data-row]"));
  }

  changed(input) {
    const row = this.rowOf(input);
    if (row && (input.tagName === "SELECT" || input.type === "radio" || input.type === "checkbox")) row.save();
  }

  left(event) {
    const row = this.rowOf(event.target);
    if (row && !row.element.contains(event.relatedTarget)) row.save();
  }

  /* Enter and the arrows walk the column; Enter never sends the form. */
  key(event) {
    const row = this.rowOf(event.target);
    if (!row || event.isComposing) return;
    const down = (event.key === "Enter" && !event.shiftKey) || event.key === "ArrowDown";
    const up = (event.key === "Enter" && event.shiftKey) || event.key === "ArrowUp";
    if (!down && !up) return;
    const native = event.target.tagName === "SELECT" || event.target.type === "radio";
    if (native && event.key !== "Enter") return;
    if (event.target.tagName === "BUTTON" || event.target.tagName === "A") return;
    event.preventDefault();
    const column = row.inputs().indexOf(event.target);
    const next = this.rows[this.rows.indexOf(row) + (down ? 1 : -1)];
    if (!next) return;
    const inputs = next.inputs();
    const target = inputs[Math.min(column, inputs.length - 1)];
    target.focus();
    target.select?.();
  }

  /* A column copied from Excel fills the rows below, cell by cell; a tab goes to the next input of the same row. */
  paste(event) {
    const row = this.rowOf(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!row || !/[\n\t]/.test(text.trimEnd())) return;
    event.preventDefault();
    const first = row.inputs().indexOf(event.target);
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
    lines.forEach((line, index) => {
      const target = this.rows[this.rows.indexOf(row) + index];
      if (!target) return;
      line.split("\t").forEach((cell, offset) => this.fill(target.inputs()[first + offset], cell.trim()));
      target.save();
    });
  }

  fill(input, text) {
    if (!input) return;
    if (input.tagName === "SELECT") {
      const option = [...input.options].find((each) => each.value === text || each.text.toLowerCase().startsWith(text.toLowerCase()));
      if (option && text) input.value = option.value;
    } else if (input.type === "radio") {
      const words = { có: "yes", không: "no", yes: "yes", no: "no", x: "yes", 1: "yes", 0: "no" };
      const wanted = words[text.toLowerCase()];
      for (const each of this.element.querySelectorAll(`[name="${CSS.escape(input.name)}"]`)) each.checked = each.value === wanted;
    } else if (input.type === "checkbox") {
      input.checked = ["x", "có", "on", "1"].includes(text.toLowerCase());
    } else input.value = text;
  }

  sums(data) {
    for (const [code, text] of Object.entries(data.sums)) {
      const cell = this.element.querySelector(`[data-sum="${CSS.escape(code)}"]`);
      if (cell) cell.textContent = text;
    }
    this.element.querySelector('[data-part="total"]').textContent = data.total;
    this.element.querySelector('[data-part="done"]').textContent = data.done;
    const left = document.querySelector('[data-part="unscored"]');
    if (left) left.textContent = data.unscored;
    this.element.querySelector('[data-part="saved"]').textContent = `Đã lưu ${data.saved_at}`;
  }

  /* What was typed before the session ended stands in the row again and is saved. */
  restore() {
    for (const row of this.rows) {
      const values = recall(row.key);
      if (!values) continue;
      row.show(values);
      if (row.isChanged()) row.save();
      else forget(row.key);
    }
  }
}

export function start(element) {
  new Sheet(element);
}
