/* Brings the summary of errors to the person who has just sent the form. */

export function start(element) {
  element.focus();
}
