/* The self-scoring sheet: every row is saved when it is left, with the version that was seen; nothing typed is lost. */

import { announce } from "./announce.js";
import { cells, meaning, ways } from "./paste.js";
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

  /* The cells that the keys and a paste go through: one for each input, one for all radio buttons of a question. */
  fields() {
    const fields = new Map();
    for (const input of this.inputs()) {
      const kind = { SELECT: "select", INPUT: { radio: "choice", checkbox: "check" }[input.type] }[input.tagName] ?? "number";
      const options = input.tagName === "SELECT" ? [...input.options].map((o) => ({ value: o.value, text: o.text })) : [];
      const field = fields.get(input.name) ?? { name: input.name.slice(this.id.length + 1), kind, inputs: [], options };
      field.inputs.push(input);
      if (kind === "choice") field.options.push({ value: input.value, text: input.parentElement.textContent.trim() });
      fields.set(input.name, field);
    }
    return [...fields.values()];
  }

  code() {
    return this.element.cells[0].textContent.trim();
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

  set(field, value) {
    for (const input of field.inputs) {
      if (field.kind === "check") input.checked = value === "on";
      else if (field.kind === "choice") input.checked = input.value === value;
      else input.value = value;
    }
    keep(this.key, this.values());
  }

  /* What the officer reads for a value of one field. */
  word(name, value) {
    const field = this.fields().find((each) => each.name === name);
    if (field.kind === "check") return value === "on" ? "Không áp dụng" : "Áp dụng";
    if (!value) return "(trống)";
    return field.options.find((option) => option.value === value)?.text ?? value;
  }

  complaint() {
    const box = this.part("message");
    return (box.querySelector("p") ?? box).textContent;
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

/* Whether the list of a select hangs open: then its arrows are its own. */
function isOpen(select) {
  return CSS.supports("selector(:open)") && select.matches(":open");
}

class Sheet {
  constructor(element) {
    this.element = element;
    this.caseId = element.dataset.case;
    this.url = element.dataset.url;
    this.token = document.getElementById("f").elements.csrfmiddlewaretoken.value;
    this.rows = [...element.querySelectorAll("[data-row]")].map((element) => new Row(this, element));
    this.byElement = new Map(this.rows.map((row) => [row.element, row]));
    element.addEventListener("input", (event) => {
      this.typedSince = true; // from here Ctrl+Z is the browser's again
      this.rowOf(event.target)?.touched();
    });
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

  /* Enter and the arrows walk between the cells and never change an answer; Enter never sends the form.
     An answer is chosen with the space bar, or by typing its first letters; Alt with an arrow opens a list. */
  key(event) {
    if (event.ctrlKey || event.metaKey) return this.undoKey(event);
    const row = this.rowOf(event.target);
    const input = event.target;
    if (!row || event.isComposing || event.altKey || !["INPUT", "SELECT"].includes(input.tagName)) return;
    if (input.tagName === "SELECT" && isOpen(input)) return;
    const isText = input.tagName === "INPUT" && !["radio", "checkbox"].includes(input.type);
    const down = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1, PageDown: isText ? 0 : 10, PageUp: isText ? 0 : -10 };
    const aside = isText ? {} : { ArrowRight: 1, ArrowLeft: -1 };
    const answers = !isText && ["Home", "End"].includes(event.key);
    if (!down[event.key] && !aside[event.key] && !answers) return;
    event.preventDefault();
    if (aside[event.key]) return row.inputs()[row.inputs().indexOf(input) + aside[event.key]]?.focus();
    if (down[event.key]) this.walk(row, input, down[event.key]);
  }

  walk(row, input, step) {
    const column = row.fields().findIndex((field) => field.inputs.includes(input));
    const wanted = this.rows.indexOf(row) + step;
    const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, wanted))];
    const fields = next.fields();
    const { inputs } = fields[Math.min(column, fields.length - 1)];
    const target = inputs.find((each) => each.checked) ?? inputs[0];
    if (next === row) return;
    target.focus();
    if (target.type === "text") target.select();
  }

  /* Cells from a spreadsheet fill the rows below; what was put where is told, and can be taken back. */
  paste(event) {
    const row = this.rowOf(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!row || !text.trim()) return;
    const isText = event.target.type === "text";
    if (isText && !/[\n\t]/.test(text.trimEnd())) return;
    event.preventDefault();
    const lines = this.lines();
    const start = lines.findIndex((line) => line.row === row);
    const column = row.fields().findIndex((field) => field.inputs.includes(event.target));
    const choices = ways(cells(text), lines, start);
    if (choices.length === 1) this.put(choices[0], column);
    else this.ask(choices, column);
  }

  /* Empty cells stand where the sheet has a line without answer: only the person knows whether that is a coincidence. */
  ask(choices, column) {
    const words = ["Dán lần lượt vào các dòng có ô nhập", "Dán theo đúng vị trí, kể cả dòng nhóm"];
    announce("Phần chép có dòng trống nên có thể hiểu hai cách. Chưa dán gì; chọn cách đúng:", {
      tone: "warn",
      details: choices.map(({ pairs }, index) => {
        const filled = pairs.filter((pair) => pair.cells.some((cell) => cell));
        const places = filled.slice(0, 12).map(({ cells: own, line }) => `${line?.code ?? "?"} nhận ${own.filter(Boolean).join("; ")}`);
        return `${words[index]}: ${places.join(", ")}${filled.length > 12 ? ", …" : "."}`;
      }),
      actions: choices.map((way, index) => ({ text: words[index], run: () => this.put(way, column) })),
    });
  }

  put({ byCode, pairs }, column) {
    this.pasted = { put: [], refused: [], below: 0, isBack: false };
    for (const { cells: pasted, line } of pairs) {
      if (!pasted.some((cell) => cell)) continue;
      if (!line) this.pasted.below += 1;
      else this.pasteLine(line, pasted, byCode ? 0 : column);
    }
    this.savePasted();
  }

  lines() {
    const rows = [...this.element.querySelector("tbody").rows].filter((each) => !each.classList.contains("sheet__detail"));
    return rows.map((element) => ({
      code: element.cells[0].textContent.trim(),
      row: this.byElement.get(element),
    }));
  }

  pasteLine(line, pasted, first) {
    const fields = line.row?.fields() ?? [];
    const before = line.row?.values();
    pasted.forEach((text, offset) => {
      if (!text) return; // an empty cell keeps what stands
      const field = fields[first + offset];
      const none = line.row ? "dòng này không còn ô nào ở cột đó" : "dòng này không có ô để nhập";
      const { value, refusal } = field ? meaning(field, text) : { refusal: none };
      if (refusal) this.pasted.refused.push(`Dòng ${line.code}: chưa dán “${text}”, ${refusal}.`);
      else if (before[field.name] !== value) {
        line.row.set(field, value);
        this.pasted.put.push({ row: line.row, name: field.name, before: before[field.name], after: line.row.values()[field.name] });
      }
    });
  }

  async savePasted() {
    const { pasted } = this;
    this.report(pasted);
    for (const row of new Set(pasted.put.map((each) => each.row))) await row.save();
    if (this.pasted === pasted) this.report(pasted);
  }

  /* Tell what a paste did, line by line, with the way back. */
  report(pasted) {
    this.pasted = pasted;
    this.typedSince = false;
    const { put, refused, below, isBack } = pasted;
    if (!put.length && !refused.length && !below) return;
    const rows = [...new Set(put.map((each) => each.row))];
    const changes = rows.map((row) => {
      const own = put.filter((each) => each.row === row);
      const said = row.complaint();
      const words = own.map((each) => `${row.word(each.name, each.before)} → ${row.word(each.name, each.after)}`);
      return `Dòng ${row.code()}: ${words.join("; ")}${said ? `. Chưa lưu được: ${said}` : ""}`;
    });
    const left = below ? [`${below} dòng cuối chưa dán: bảng không còn dòng nào bên dưới.`] : [];
    const first = rows.length > 1 ? ` (từ ${rows[0].code()} đến ${rows.at(-1).code()})` : "";
    const done = put.length ? `Đã dán ${put.length} ô vào ${rows.length} dòng${first}.` : "Chưa dán ô nào.";
    const faults = refused.length + left.length ? ` ${refused.length + left.length} chỗ chưa dán được, xem bên dưới.` : "";
    announce(isBack ? `Đã hoàn tác: ${rows.length} dòng trở lại như trước khi dán.` : done + faults, {
      tone: refused.length || left.length ? "warn" : "info",
      details: isBack ? [] : [...refused, ...left, ...changes],
      actions: put.length && !isBack ? [{ text: "Hoàn tác (Ctrl+Z)", run: () => this.undo() }] : [],
    });
  }

  /* Put back what stood before the paste, except where somebody has typed since. */
  async undo() {
    const { pasted } = this;
    if (!pasted?.put.length || pasted.isBack) return;
    pasted.isBack = true;
    for (const { row, name, before, after } of pasted.put) {
      const field = row.fields().find((each) => each.name === name);
      if (row.values()[name] === after) row.set(field, before);
    }
    await this.savePasted();
  }

  undoKey(event) {
    if (event.key.toLowerCase() !== "z" || event.shiftKey || this.typedSince || !this.pasted?.put.length) return;
    if (this.pasted.isBack) return;
    event.preventDefault();
    this.undo();
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
