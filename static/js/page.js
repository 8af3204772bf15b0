// Comforts only: every page works without this file.
"use strict";

// A browser that does not know autofocus on a division would leave the reader at the top, unaware of the errors.
const summary = document.querySelector(".error-summary");
if (summary) summary.focus();

// A second press of a slow button must not send a form twice. The server would cope; the person would worry.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});
