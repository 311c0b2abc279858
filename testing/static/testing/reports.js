// Sections move up and down by a tap; the form sends them in the order in which they stand.
document.querySelectorAll("[data-sections]").forEach((list) => {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    const neighbour = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
    if (!neighbour) return;
    if (button.dataset.move === "-1") neighbour.before(row);
    else neighbour.after(row);
    button.focus();
    row.dispatchEvent(new CustomEvent("moved", { bubbles: true }));
  });
});
