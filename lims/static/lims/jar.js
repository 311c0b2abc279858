/* Weighing a jar: say what it holds and how far the book is off while the numbers are typed. */
"use strict";

const output = document.querySelector("[data-book-mg]");
const gross = document.querySelector("[name=gross_ug]");
const tare = document.querySelector("[name=tare_ug]");
const bookMg = Number(output.dataset.bookMg);

const milligrams = (value) => `${Number(value.toFixed(3))} mg`;

function compare() {
  const holds = Number(gross.value) - Number(tare.value);
  const known = gross.value !== "" && tare.value !== "" && Number.isFinite(holds);
  output.hidden = !known;
  if (!known) return;
  const more = holds - bookMg;
  const compared = Math.abs(more) < 0.0005 ? "as the book says" : `${milligrams(Math.abs(more))} ${more > 0 ? "more" : "less"} than the book says`;
  output.textContent = holds < 0 ? "Less than the empty container." : `The jar holds ${milligrams(holds)}: ${compared}.`;
}

[gross, tare].forEach((field) => field.addEventListener("input", compare));
compare();
