/* Chooses what a .gallery shows: one plot, whose picture, colours and quantities its form names. Without this script the
   form is sent and the page comes back with the picture. Stands on plots.js. */
"use strict";

function pictureUrl(form) {
  const chosen = new FormData(form);
  const entry = form.querySelector("[name=picture]:checked");
  const url = new URL(entry.dataset.url, location.href);
  for (const name of ["colour", ...entry.dataset.choices.split(" ")]) {
    const value = name && chosen.get(name);
    if (value) url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

function choose(gallery, { remember }) {
  const form = gallery.querySelector("form");
  const entry = form.querySelector("[name=picture]:checked");
  const offered = entry.dataset.choices.split(" ");
  form.querySelectorAll("[data-choice]").forEach((field) => {
    field.hidden = !offered.includes(field.dataset.choice);
  });
  const plot = gallery.querySelector(".plot");
  plot.dataset.url = pictureUrl(form);
  show(plot);
  if (!remember) return;
  const here = new URL(location.href);
  const keep = ["picture", "colour", ...offered];
  for (const [name, value] of new FormData(form)) {
    if (keep.includes(name) && value) here.searchParams.set(name, value);
    else here.searchParams.delete(name);
  }
  history.replaceState(null, "", here);
}

// A link to a picture opens with it, and with what was chosen of it.
function takeAddress(form) {
  const asked = new URL(location.href).searchParams;
  const entry = form.querySelector(`[name=picture][value="${CSS.escape(asked.get("picture") || "")}"]`);
  if (!entry) return;
  entry.checked = true;
  begin(form, entry);
  for (const [name, value] of asked) {
    const field = form.elements[name];
    if (name !== "picture" && field && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
  }
}

function begin(form, entry) {
  for (const [name, value] of Object.entries(JSON.parse(entry.dataset.begins))) {
    if (form.elements[name]) form.elements[name].value = value;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".gallery").forEach((gallery) => {
    const form = gallery.querySelector("form");
    // What an entry begins with is not what the one before it was left with.
    form.addEventListener("change", (event) => {
      if (event.target.name === "picture") begin(form, event.target);
      choose(gallery, { remember: true });
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    takeAddress(form);
    choose(gallery, { remember: false });
  });
});
