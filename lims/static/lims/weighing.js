/* Helps of the weighing screen; without them the page works with plain forms. */
"use strict";

const enterForm = document.querySelector("[data-enter]");
const box = enterForm?.querySelector("input[name=entry]");
const keypad = document.querySelector("[data-keypad]");

/* --- the box always has the focus: a scanner and a balance type like a keyboard, whatever was tapped before --- */
if (box) {
  box.focus();
  document.addEventListener("keydown", (event) => {
    if (event.target === box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length !== 1 && event.key !== "Enter") return;
    // A button or link that was reached with the Tab key is still pressed with Enter and Space.
    if (event.target.matches("a, button") && event.target.matches(":focus-visible") && (event.key === "Enter" || event.key === " ")) return;
    // The letter itself still goes where the focus is now.
    box.focus();
    if (event.key === "Enter") enterForm.requestSubmit();
  });
  document.addEventListener("pointerup", (event) => {
    if (!event.target.closest("a, button")) box.focus();
  });
}

/* --- the keypad --- */
if (box && keypad) {
  keypad.hidden = false;
  keypad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    box.value = key === "back" ? box.value.slice(0, -1) : box.value + key;
    box.dispatchEvent(new Event("input"));
    box.focus();
  });
}

/* --- the bar follows what is being typed --- */
const bar = document.querySelector(".weigh-bar");
const now = document.querySelector(".weigh-now");
if (box && bar && now && enterForm.elements.jar?.value && !enterForm.elements.boat?.value) {
  const target = Number(bar.dataset.targetUg);
  const tolerance = Number(bar.dataset.toleranceUg);
  const word = document.querySelector("[data-word]");
  const was = { className: now.className, word: word.textContent, width: bar.querySelector(".bar-fill").getAttribute("width") };
  box.addEventListener("input", () => {
    const typed = /^\d+([.,]\d*)?$/.test(box.value) ? Number(box.value.replace(",", ".")) * 1000 : NaN;
    const standing = typed < target - tolerance ? "below" : typed > target + tolerance ? "over" : "within";
    const known = Number.isFinite(typed);
    bar.querySelector(".bar-fill").setAttribute("width", known ? String(Math.min(1000, Math.round((typed * 800) / target))) : was.width);
    now.className = known ? `weigh-now is-${standing}` : was.className;
    word.textContent = known ? `${standing}, not entered yet` : was.word;
  });
}
