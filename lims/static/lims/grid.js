/* A table that one types or pastes into; the server checks it and enters it whole. */
"use strict";

// How near the first line of a paste must be to the heads to be taken for them.
const LEAST_HEADS = 2;

function startGrid(form) {
  const state = JSON.parse(document.getElementById("grid-state").textContent);
  const table = form.querySelector(".grid");
  const body = table.tBodies[0];

  buildHead(table, state.columns);
  state.columns.forEach((column, place) => addOptions(form, column, place));
  state.rows.forEach((row) => addRow(body, state, row));
  if (!state.rows.length) addRow(body, state);

  form.querySelector("[data-more-rows]").addEventListener("click", () => {
    const first = addRow(body, state);
    for (let more = 1; more < 5; more += 1) addRow(body, state);
    first?.querySelector("input").focus();
  });
  body.addEventListener("keydown", (event) => moveByKey(event, body, state));
  body.addEventListener("paste", (event) => paste(event, body, state));
  body.addEventListener("input", (event) => changed(form, event.target));
  form.addEventListener("submit", () => {
    form.elements.table.value = JSON.stringify(told(body, state));
  }, true);
}

/* --- building ------------------------------------------------------------------------------------------- */
function buildHead(table, columns) {
  const row = table.tHead.insertRow();
  row.append(headCell("", "Row"));
  for (const column of columns) row.append(headCell(column.head, "", column));
}

function headCell(words, hidden, column) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = words;
  if (hidden) {
    const label = document.createElement("span");
    label.className = "visually-hidden";
    label.textContent = hidden;
    cell.append(label);
  }
  if (column?.help) cell.title = column.help;
  if (column && !column.required) {
    const optional = document.createElement("span");
    optional.className = "optional";
    optional.textContent = "optional";
    cell.append(optional);
  }
  return cell;
}

function addOptions(form, column, place) {
  if (!column.options.length) return;
  const list = document.createElement("datalist");
  list.id = `grid-options-${place}`;
  for (const word of column.options) list.append(new Option(word, word));
  form.append(list);
}

function addRow(body, state, row) {
  if (rowsOf(body).length >= state.most) return null;
  const line = body.insertRow();
  line.dataset.row = "";
  const number = document.createElement("th");
  number.scope = "row";
  line.append(number);
  state.columns.forEach((column, place) => line.append(cellOf(column, place, row)));
  const whole = row?.wrong["-1"];
  if (whole) addRowProblem(body, state, whole);
  if (row && Object.keys(row.wrong).length) line.classList.add("is-wrong");
  renumber(body, state);
  return line;
}

function cellOf(column, place, row) {
  const cell = document.createElement("td");
  const input = document.createElement("input");
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("autocapitalize", "off");
  if (column.numeric) {
    input.inputMode = "decimal";
    cell.classList.add("is-numeric");
  }
  if (column.wide) cell.classList.add("is-wide");
  if (column.options.length) input.setAttribute("list", `grid-options-${place}`);
  input.value = row ? row.cells[place] : "";
  cell.append(input);
  const sentences = row?.wrong[String(place)];
  if (sentences) markWrong(cell, input, sentences);
  return cell;
}

function markWrong(cell, input, sentences) {
  const words = document.createElement("p");
  words.className = "cell-problem";
  words.id = `problem-${document.querySelectorAll(".cell-problem").length}-${Math.random().toString(36).slice(2)}`;
  words.textContent = sentences.join(" ");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", words.id);
  cell.classList.add("is-wrong");
  cell.append(words);
}

function addRowProblem(body, state, sentences) {
  const line = body.insertRow();
  line.className = "row-problem";
  const cell = line.insertCell();
  cell.colSpan = state.columns.length + 1;
  cell.textContent = sentences.join(" ");
}

function rowsOf(body) {
  return [...body.rows].filter((line) => "row" in line.dataset);
}

const inputsOf = (line) => [...line.querySelectorAll("input")];

function renumber(body, state) {
  rowsOf(body).forEach((line, index) => {
    line.cells[0].textContent = String(index + 1);
    inputsOf(line).forEach((input, place) => {
      input.setAttribute("aria-label", `${state.columns[place].label}, row ${index + 1}`);
    });
  });
}

/* --- moving --------------------------------------------------------------------------------------------- */
function moveByKey(event, body, state) {
  const input = event.target;
  if (input.tagName !== "INPUT" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const down = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (down) {
    // The list of proposals has the arrow keys while it is open; it opens by typing.
    event.preventDefault();
    go(body, state, input, down, 0);
    return;
  }
  const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
  const atEnd = input.selectionStart === input.value.length;
  if (event.key === "ArrowLeft" && atStart) go(body, state, input, 0, -1, event);
  if (event.key === "ArrowRight" && atEnd) go(body, state, input, 0, 1, event);
}

function go(body, state, input, down, right, event) {
  const lines = rowsOf(body);
  const line = input.closest("tr");
  const place = inputsOf(line).indexOf(input) + right;
  const index = lines.indexOf(line) + down;
  const target = index === lines.length ? addRow(body, state) : lines[index];
  const next = target && inputsOf(target)[place];
  if (!next) return;
  event?.preventDefault();
  next.focus();
  next.select();
}

/* --- pasting -------------------------------------------------------------------------------------------- */
function paste(event, body, state) {
  const text = event.clipboardData.getData("text/plain");
  const input = event.target;
  if (input.tagName !== "INPUT" || !/[\t\n]/.test(text.trimEnd())) return;
  event.preventDefault();
  const pasted = cellsOf(text);
  const first = inputsOf(input.closest("tr")).indexOf(input);
  const heads = headsOf(pasted[0], state.columns);
  const places = heads ?? pasted[0].map((_, offset) => first + offset);
  let index = rowsOf(body).indexOf(input.closest("tr"));
  for (const cells of heads ? pasted.slice(1) : pasted) {
    const line = rowsOf(body)[index] ?? addRow(body, state);
    if (!line) break;
    fill(line, cells, heads ? places : cells.map((_, offset) => first + offset));
    index += 1;
  }
  changed(input.form, input);
}

function fill(line, cells, places) {
  const inputs = inputsOf(line);
  cells.forEach((cell, offset) => {
    const input = inputs[places[offset]];
    if (!input) return;
    input.value = cell.trim();
    clearMark(input);
  });
}

// Whoever copies a whole sheet copies its heads too; the cells then go below the heads of the same words.
function headsOf(cells, columns) {
  const known = columns.map((column) => [column.head.toLowerCase(), column.label.toLowerCase()]);
  const places = cells.map((cell) => known.findIndex((words) => words.includes(cell.trim().toLowerCase())));
  const found = places.filter((place) => place >= 0).length;
  return found >= Math.min(LEAST_HEADS, cells.length) && found === cells.filter((cell) => cell.trim()).length ? places : null;
}

// A cell with a line break or a tab in it comes in quotation marks, doubled inside.
function cellsOf(text) {
  const rows = [[""]];
  let quoted = false;
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  for (let at = 0; at < plain.length; at += 1) {
    const row = rows[rows.length - 1];
    const sign = plain[at];
    if (quoted && sign === '"' && plain[at + 1] === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (sign === '"' && (quoted || row[row.length - 1] === "")) quoted = !quoted;
    else if (!quoted && sign === "\t") row.push("");
    else if (!quoted && sign === "\n") rows.push([""]);
    else row[row.length - 1] += sign === "\n" ? " " : sign;
  }
  return rows;
}

/* --- what was checked is what is entered ---------------------------------------------------------------- */
function changed(form, input) {
  clearMark(input);
  form.querySelector("[data-enter]")?.remove();
}

function clearMark(input) {
  const cell = input.closest("td");
  cell.classList.remove("is-wrong");
  cell.querySelector(".cell-problem")?.remove();
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-describedby");
}

function told(body, state) {
  const filled = rowsOf(body).map((line) => inputsOf(line).map((input) => input.value.trim())).filter((cells) => cells.some(Boolean));
  const lines = filled.map((cells, index) => ({ number: index + 1, cells }));
  const sheet = { name: "", header: state.columns.map((column) => column.head), lines, delimiter: "", typed: false, notes: [], formulas: [] };
  return { name: state.name, sheets: [sheet] };
}

document.querySelectorAll("[data-grid]").forEach(startGrid);
