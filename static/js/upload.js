/* The drop-zone: several files, two at a time, each with its progress, its state in words, cancel and retry.
   Every file is one POST to data-url with the field data-name; the answer may hold {"message": "…"}, shown as it is.
   When a file has arrived the zone sends "upload:done" (detail: the answer), for the page to bring its list up to date. */

import { announceSignedOut, isSignedOut } from "./session.js";

const AT_ONCE = 2;
const SENTENCES = {
  413: "Tệp lớn hơn mức máy chủ nhận. Chia nhỏ hoặc nén lại rồi gửi.",
  403: "Bạn không được gửi tệp ở đây, hoặc trang đã mở quá lâu. Tải lại trang rồi thử lần nữa.",
  0: "Mất kết nối khi đang gửi. Kiểm tra mạng rồi bấm Gửi lại.",
};

function size(bytes) {
  const units = ["byte", "KB", "MB", "GB"];
  let power = 0;
  let number = bytes;
  while (number >= 1024 && power < units.length - 1) {
    number /= 1024;
    power += 1;
  }
  return `${number.toLocaleString("vi", { maximumFractionDigits: 1 })} ${units[power]}`;
}

function sentenceOf(request) {
  try {
    const { message } = JSON.parse(request.responseText);
    if (message) return message;
  } catch {
    const type = request.getResponseHeader("Content-Type") ?? "";
    if (type.startsWith("text/plain") && request.responseText) return request.responseText;
  }
  return SENTENCES[request.status] ?? "Máy chủ chưa nhận được tệp này. Bấm Gửi lại; nếu vẫn lỗi, báo người quản trị.";
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

class Upload {
  constructor(file, zone) {
    this.file = file;
    this.zone = zone;
    this.row = element("li", "upload");
    this.state = element("p", "upload__state");
    this.progress = document.createElement("progress");
    this.progress.max = 100;
    this.progress.value = 0;
    this.progress.setAttribute("aria-label", `Tiến độ gửi ${file.name}`);
    this.button = element("button", "button button--small");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.press());
    this.row.append(element("span", "upload__name", `${file.name} (${size(file.size)})`), this.button);
    this.row.append(this.progress, this.state);
    zone.list.append(this.row);
    this.set("waiting", "Chờ gửi.", "Hủy");
  }

  set(status, sentence, action) {
    this.status = status;
    this.row.className = `upload upload--${status}`;
    this.state.textContent = sentence;
    this.progress.hidden = !["waiting", "sending"].includes(status);
    this.button.hidden = !action;
    this.button.textContent = action;
    this.button.setAttribute("aria-label", `${action} ${this.file.name}`);
    if (status !== "sending" && status !== "waiting") this.zone.say(`${this.file.name}: ${sentence}`);
  }

  refusal() {
    const limit = Number(this.zone.root.dataset.maxBytes);
    if (this.file.size === 0) return "Tệp rỗng (0 byte). Kiểm tra lại tệp trên máy rồi chọn lại.";
    if (limit && this.file.size > limit) {
      return `Tệp ${size(this.file.size)} lớn hơn mức ${size(limit)}. Chia nhỏ hoặc nén lại rồi chọn lại.`;
    }
    return "";
  }

  press() {
    if (this.status === "sending") this.request.abort();
    else if (this.status === "waiting") this.set("cancelled", "Đã hủy, chưa gửi.", "Gửi lại");
    else {
      this.set("waiting", "Chờ gửi.", "Hủy");
      this.zone.next();
    }
  }

  send() {
    const request = new XMLHttpRequest();
    this.request = request;
    this.set("sending", "Đang gửi…", "Hủy");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((event.loaded / event.total) * 100);
      this.progress.value = percent;
      this.state.textContent = percent < 100 ? `Đang gửi… ${percent}%` : "Đã gửi xong, máy chủ đang kiểm tra…";
    });
    request.addEventListener("load", () => this.finish());
    request.addEventListener("error", () => this.fail(SENTENCES[0]));
    request.addEventListener("abort", () => this.set("cancelled", "Đã hủy.", "Gửi lại"));
    request.addEventListener("loadend", () => this.zone.next());
    request.open("POST", this.zone.root.dataset.url);
    request.setRequestHeader("X-CSRFToken", this.zone.token);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    const body = new FormData();
    body.append(this.zone.root.dataset.name, this.file, this.file.name);
    for (const [name, value] of this.zone.extra()) body.append(name, value);
    request.send(body);
  }

  finish() {
    const { request } = this;
    if (isSignedOut(request)) {
      this.fail("Phiên làm việc đã hết hạn, tệp chưa được nhận. Đăng nhập lại rồi chọn lại tệp.");
      announceSignedOut();
    } else if (request.status >= 200 && request.status < 300) {
      const given = request.responseText.startsWith("{") ? sentenceOf(request) : "";
      this.set("done", given || "Đã nhận.", "");
      this.zone.root.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: request.responseText }));
    } else this.fail(sentenceOf(request));
  }

  fail(sentence) {
    this.set("failed", sentence, "Gửi lại");
  }
}

class Zone {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("form");
    this.input = root.querySelector("input[type=file]");
    this.list = root.querySelector(".uploads");
    this.status = root.querySelector("[role=status]");
    this.uploads = [];
    const pick = root.querySelector("[data-part=pick]");
    pick.hidden = false;
    this.input.hidden = true;
    root.querySelector("[data-part=send]").hidden = true;
    root.classList.add("is-ready");
    pick.setAttribute("aria-describedby", this.input.getAttribute("aria-describedby") ?? "");
    pick.addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
    root.addEventListener("dragover", (event) => {
      event.preventDefault();
      root.classList.add("is-over");
    });
    root.addEventListener("dragleave", (event) => {
      if (!root.contains(event.relatedTarget)) root.classList.remove("is-over");
    });
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      root.classList.remove("is-over");
      this.add(event.dataTransfer.files);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.uploads.some((upload) => upload.status === "sending")) event.preventDefault();
    });
  }

  get token() {
    return this.form.elements.csrfmiddlewaretoken.value;
  }

  /* Further fields of the form (document number, date…) go with each file. */
  extra() {
    const fixed = new Set([this.root.dataset.name, "csrfmiddlewaretoken"]);
    return [...new FormData(this.form)].filter(([name]) => !fixed.has(name));
  }

  say(sentence) {
    this.status.textContent = sentence;
  }

  add(files) {
    for (const file of files) {
      const upload = new Upload(file, this);
      const refusal = upload.refusal();
      if (refusal) upload.set("failed", refusal, "");
      this.uploads.push(upload);
    }
    this.next();
  }

  next() {
    const sending = this.uploads.filter((upload) => upload.status === "sending").length;
    const waiting = this.uploads.filter((upload) => upload.status === "waiting");
    for (const upload of waiting.slice(0, AT_ONCE - sending)) upload.send();
  }
}

export function start(root) {
  new Zone(root);
}
