"use strict";
// The page is whole without this; it adds a filter, whose state is the address's fragment, and brings logs to their point.
(() => {
  const form = document.getElementById("filter");
  const sections = [...document.querySelectorAll("section.cell")];
  const boxes = [...form.elements.verdict ? form.querySelectorAll("[name=verdict]") : []];

  function toPoint(details) {
    const log = details.querySelector(".log");
    const mark = details.querySelector("mark");
    if (log && mark) log.scrollTop = mark.offsetTop - log.clientHeight / 3;
  }

  function apply() {
    const text = form.elements.text.value.trim().toLowerCase();
    const words = boxes.filter((box) => box.checked).map((box) => box.value);
    const off = new Set();
    for (const section of sections) {
      const { cell, verdict, text: own } = section.dataset;
      const fits = text.split(/\s+/).every((part) => own.includes(part)) && (!words.length || words.includes(verdict));
      section.hidden = !fits;
      if (!fits) off.add(cell);
    }
    for (const item of document.querySelectorAll(".times [data-cell]")) item.hidden = off.has(item.dataset.cell);
    for (const row of document.querySelectorAll("tbody tr")) {
      const links = [...row.querySelectorAll("[data-cell]")];
      for (const link of links) link.classList.toggle("off", off.has(link.dataset.cell));
      row.hidden = links.every((link) => off.has(link.dataset.cell));
    }
    const all = sections.length;
    document.getElementById("shown").value = off.size ? `${all - off.size} of ${all} shown` : "";
  }

  function read() {
    const fragment = location.hash.slice(1);
    // Other fragments lead to sections, and leave the filter as it is.
    if (!fragment.includes("=")) return;
    const state = new URLSearchParams(fragment);
    form.elements.text.value = state.get("text") ?? "";
    const words = (state.get("verdict") ?? "").split(",");
    for (const box of boxes) box.checked = words.includes(box.value);
    apply();
  }

  function write() {
    const state = new URLSearchParams();
    const words = boxes.filter((box) => box.checked).map((box) => box.value);
    if (words.length) state.set("verdict", words.join(","));
    if (form.elements.text.value) state.set("text", form.elements.text.value);
    const fragment = state.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
    apply();
  }

  // Where a browser does not open by itself what a link leads into.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details");
    if (details && !details.open) {
      details.open = true;
      target.scrollIntoView();
    }
  }

  form.hidden = sections.length < 2;
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  addEventListener("hashchange", reveal);
  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => toPoint(details));
    toPoint(details);
  }
  read();
  reveal();
})();
