// Keys of the classify screen. Every one does what the plain form does too, one row at a time and without leaving the page.
"use strict";

(() => {
  const form = document.querySelector("form[data-columns]");
  if (!form) return;
  const rows = Array.from(form.querySelectorAll("tr[data-column]"));
  const box = (row) => row.querySelector("input[name=selected]");
  const current = () => rows.find((row) => row.contains(document.activeElement));
  const problem = document.querySelector("#key-error");
  const letters = {};
  for (const each of document.querySelectorAll("[data-letter]")) letters[each.dataset.letter] = each.textContent;

  function go(by) {
    const at = rows.indexOf(current());
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    box(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function meant() {
    const chosen = rows.filter((row) => box(row).checked);
    const here = current();
    return chosen.length ? chosen : here ? [here] : [];
  }

  function complain(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }

  async function send(what, targets) {
    const sent = new FormData();
    sent.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    sent.set("do", what);
    for (const row of targets) {
      sent.append("row", row.dataset.column);
      sent.append("selected", row.dataset.column);
      for (const field of row.querySelectorAll("input[name*='-'], select[name*='-']")) {
        if (field.type !== "checkbox" || field.checked) sent.append(field.name, field.value);
      }
    }
    const response = await fetch(location.href, { method: "POST", body: sent, headers: { "X-Requested-With": "fetch" } })
      .catch(() => null);
    const told = response && response.headers.get("content-type") === "application/json" ? await response.json() : null;
    if (!told) return complain("This was not saved. Reload the page and try again."), false;
    for (const row of rows) row.dataset.state = told.states[row.dataset.column] || row.dataset.state;
    for (const [name, count] of Object.entries(told.progress)) {
      for (const each of document.querySelectorAll(`[data-count=${name}]`)) each.textContent = count;
    }
    document.querySelector("[data-verb]").textContent = told.progress.needing === 1 ? "needs" : "need";
    document.querySelector("#progress progress").value = told.progress.decided;
    const errors = Object.values(told.errors);
    complain(errors.join(" "));
    return !errors.length;
  }

  async function confirm() {
    const targets = meant();
    if (!targets.length) return go(1);
    if (!(await send("confirm", targets))) return;
    for (const row of targets) box(row).checked = false;
    if (targets.length === 1) go(1);
  }

  async function takeBack() {
    if ((await send("reopen", meant())) === true) location.reload();
  }

  function say(words) {
    const targets = meant();
    for (const row of targets) row.querySelector("[data-category]").value = words;
    if (targets.length) send("save", targets);
  }

  const keys = {
    j: () => go(1),
    ArrowDown: () => go(1),
    k: () => go(-1),
    ArrowUp: () => go(-1),
    Enter: confirm,
    r: takeBack,
    a: () => (current() || rows[0]).querySelector("[data-category]").select(),
    ">": () => document.querySelector("[data-key=next]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    const isTyping = at.matches("input:not([type=checkbox]), select, textarea");
    if (isTyping) {
      const row = current();
      if (event.key === "Escape" && row) box(row).focus();
      else if (event.key === "Enter" && row && at.matches("[data-category]")) {
        event.preventDefault();
        box(row).focus();
        confirm();
      }
      return;
    }
    if (at.matches("button, a, summary") && (event.key === "Enter" || event.key === " ")) return;
    const act = keys[event.key] || (letters[event.key] && (() => say(letters[event.key])));
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  });
})();
