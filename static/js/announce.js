/* One sentence at the foot of the window, read out by screen readers; the next replaces it.
   details are further sentences, folded out below; actions [{text, run}] are buttons. */

const region = document.createElement("div");
region.setAttribute("role", "status");
document.body.append(region);

export function announce(sentence, { tone = "info", link = null, details = [], actions = [] } = {}) {
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
  if (details.length > 0) {
    const list = document.createElement("ul");
    list.className = "announcement__details";
    list.tabIndex = 0; // long ones scroll
    list.setAttribute("aria-label", "Chi tiết");
    for (const detail of details) list.append(Object.assign(document.createElement("li"), { textContent: detail }));
    body.append(list);
  }
  for (const action of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--primary button--small";
    button.textContent = action.text;
    button.addEventListener("click", action.run);
    body.append(button, " ");
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
