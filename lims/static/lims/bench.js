/* The countdown of a hold: it runs in the page, and the server keeps when it began. */
"use strict";

// In a block of its own: other scripts of the page have names too.
{
  // A tablet that slept longer than this did not see the press being released.
  const SLEPT_S = 3;

  const clocks = [...document.querySelectorAll("[data-left]")].map((shown) => ({ shown, left: Number(shown.dataset.left) }));
  const begun = Date.now();
  let seen = begun;

  function spoken(seconds) {
    const whole = Math.abs(Math.ceil(seconds));
    const minutes = Math.floor(whole / 60);
    return minutes ? `${minutes}:${String(whole % 60).padStart(2, "0")}` : `${whole} s`;
  }

  /* --- what stands under the press is over when the page came: somebody says when it was released --- */
  const own = clocks.find(({ shown }) => "clock" in shown.dataset);
  const release = document.querySelector("[data-release]");
  let asks = own ? own.left <= 0 : false;

  function ask() {
    asks = true;
    const onTime = document.querySelector("[data-on-time]");
    const word = document.querySelector("[data-clock-word]");
    if (onTime) onTime.hidden = false;
    if (word) word.textContent = "since the hold was over: when was it released?";
    own.shown.closest(".bench-clock").classList.add("is-over");
  }

  function tick() {
    const now = Date.now();
    const passed = (now - begun) / 1000;
    const slept = (now - seen) / 1000 > SLEPT_S;
    seen = now;
    for (const { shown, left } of clocks) {
      shown.textContent = spoken(left - passed);
      if (left - passed <= 0) shown.closest(".bench-cell")?.classList.add("is-over");
    }
    if (!own || asks) return;
    if (own.left - passed > 0) return;
    if (slept) {
      ask();
      return;
    }
    asks = true;
    // What is being typed comes first: it is kept, and the page that follows asks for the release.
    const typed = document.querySelector("[data-enter] [name=entry]");
    if (typed?.value) typed.form.requestSubmit();
    else release.requestSubmit();
  }

  if (clocks.length) {
    if (asks) ask();
    tick();
    setInterval(tick, 250);
  }
}
