// Keys for people who work here all day. Every one of them only presses what is on the page already.
"use strict";

const rows = () => Array.from(document.querySelectorAll("[data-rows] tbody tr"));

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next.querySelector("a, summary, button")?.focus();
}

function assignToMe() {
  const row = rows().find((each) => each.contains(document.activeElement));
  const take = row?.querySelector("[data-take]");
  if (take) return take.click();
  const owner = document.querySelector("[data-key='a']");
  if (!owner) return;
  owner.value = owner.dataset.me;
  owner.form.requestSubmit();
}

const keys = {
  "/": () => document.querySelector("[data-key='/']")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  a: assignToMe,
  "?": () => document.querySelector("#keys")?.toggleAttribute("open"),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
