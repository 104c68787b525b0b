/* One sentence at the foot of the window, read out by screen readers; the next replaces it. */

const region = document.createElement("div");
region.setAttribute("role", "status");
document.body.append(region);

export function announce(sentence, { tone = "info", link = null } = {}) {
  const box = document.createElement("div");
  box.className = `notice announcement tone-${tone}`;
  const body = document.createElement("div");
  body.className = "notice__body";
  const text = document.createElement("p");
  text.textContent = sentence;
  body.append(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "button button--primary";
    anchor.href = link.href;
    anchor.textContent = link.text;
    body.append(anchor, " ");
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--small";
  close.textContent = "Đóng";
  close.addEventListener("click", () => box.remove());
  body.append(close);
  box.append(body);
  region.replaceChildren(box);
}
