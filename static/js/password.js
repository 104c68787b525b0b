/* Shows what is typed in a password field; hidden again before it is sent. */

export function start(label) {
  const field = document.getElementById(label.dataset.field);
  const box = label.querySelector("input");
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    box.checked = shown;
  };
  label.hidden = false;
  box.addEventListener("change", () => show(box.checked));
  field.form.addEventListener("submit", () => show(false));
}
