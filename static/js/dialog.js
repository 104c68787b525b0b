/* A link to a confirmation page opens <dialog id="…"> in place; without scripts the page itself confirms.
   <a href="/nop/" data-module="dialog" data-dialog="submit-dialog">Nộp…</a> */

export function start(opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal) return;
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
}

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes)?.close();
});
