/* The forms of a lot: only the fields of the chosen kind of amount, and the net mass as it is typed. */
"use strict";

const choices = [...document.querySelectorAll("input[name=mass_basis]")];
const conditional = [...document.querySelectorAll("[data-needed-for]")];

function showNeeded() {
  const chosen = choices.find((one) => one.checked)?.value;
  for (const part of conditional) {
    const needed = part.dataset.neededFor.split(" ").includes(chosen);
    part.hidden = !needed;
    // What is hidden is not sent: a number left in it would contradict the choice.
    part.querySelectorAll("input, select").forEach((input) => (input.disabled = !needed));
  }
}

function showNet() {
  const line = document.querySelector("[data-net]");
  if (!line) return;
  const [gross, tare] = line.dataset.net.split(" ").map((name) => document.querySelector(`[name="${name}"]`));
  const output = line.querySelector("output");
  const tell = () => {
    // In whole micrograms, as the book counts them.
    const netUg = Math.round(gross.valueAsNumber * 1000) - Math.round(tare.valueAsNumber * 1000);
    output.textContent = Number.isFinite(netUg) ? String(netUg / 1000) : "–";
  };
  [gross, tare].forEach((input) => input.addEventListener("input", tell));
  tell();
}

choices.forEach((one) => one.addEventListener("change", showNeeded));
if (choices.length) showNeeded();
showNet();
