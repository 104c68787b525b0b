/* A button that copies the text of a field: <button hidden data-module="copy" data-copies="id of the field">. */

import { announce } from "./announce.js";

export function start(button) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value); // only a page that came by https may
      announce("Đã chép.", { tone: "ok" });
    } catch {
      announce("Trình duyệt không cho chép tự động. Nội dung đã được chọn: hãy bấm Ctrl+C, hoặc nhấn giữ rồi chọn Chép.", {
        tone: "warn",
      });
    }
  });
}
