/* Saving a plot: as an image of what is on the screen, and as vectors and numbers that the server makes of the same
   description. Stands on plots.js. */
"use strict";

const TABLE_ROWS = 200;

function dataTable(view) {
  const details = element("details", "plot-data");
  details.append(element("summary", "", "Show the numbers"));
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    details.querySelectorAll(".table-wrap, .hint").forEach((old) => old.remove());
    const rows = shownSeries(view.plot, view.state)
      .filter((series) => !series.edge)
      .flatMap((series) => series.x.map((x, i) => [series.label, digits(x), digits(series.y[i])]));
    details.append(tableOf(view, rows.slice(0, TABLE_ROWS)));
    if (rows.length > TABLE_ROWS) details.append(element("p", "hint", `The first ${TABLE_ROWS} of ${rows.length} rows. The CSV has all of them.`));
  });
  return details;
}

function tableOf(view, rows) {
  const wrap = element("div", "table-wrap");
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "region");
  wrap.setAttribute("aria-label", `Numbers of ${view.plot.title}`);
  const table = element("table", "lab-table");
  const head = table.createTHead().insertRow();
  ["Curve", axisWords(view.plot.x, view.plot, view.state), "Value"].forEach((words) => {
    const cell = element("th", "", words);
    cell.scope = "col";
    head.append(cell);
  });
  const body = table.createTBody();
  rows.forEach((cells) => {
    const row = body.insertRow();
    cells.forEach((words) => (row.insertCell().textContent = words));
  });
  wrap.append(table);
  return wrap;
}

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileName = (plot, end) => `${plot.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}${plot.simulated ? "-simulated" : ""}.${end}`;
const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

// Where the server knows the picture by name it makes the file from the same description, with what is chosen here.
function serverUrl(view, end) {
  const address = view.address;
  if (!address || !/\.json(\?|$)/.test(address) || !view.plot.name || view.plot.kind === "window") return "";
  const url = new URL(address.replace(".json", `.${end}`), location.href);
  if (view.plot.units?.[view.state.unit]) url.searchParams.set("per", view.state.unit);
  if (view.state.means) url.searchParams.set("means", "1");
  for (const name of view.state.hidden) url.searchParams.append("hide", name);
  url.searchParams.set("save", "1");
  return url.href;
}

function download(url) {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}

function saveCsv(view) {
  const url = serverUrl(view, "csv");
  if (url) return download(url);
  const { plot, state } = view;
  const lines = plot.simulated ? ["# Simulated data: made by this product's simulator, not measured."] : [];
  lines.push(["curve", axisWords(plot.x, plot, state), "value", "quantity"].map(quoted).join(","));
  for (const series of shownSeries(plot, state)) {
    if (series.edge) continue;
    const quantity = axisWords(series.axis === "y2" ? plot.y2 : plot.y, plot, state);
    series.x.forEach((x, i) => lines.push([quoted(series.label), x, series.y[i] ?? "", quoted(quantity)].join(",")));
  }
  save(fileName(plot, "csv"), new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
}

// The canvas holds curves and axes; title and legend are page text and are drawn around it.
function savePng(view) {
  const { plot, state, u } = view;
  const source = u.ctx.canvas;
  const scale = devicePixelRatio;
  const line = 22 * scale;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const shown = plot.groups.map((name, place) => ({ name, place })).filter(({ name }) => !state.hidden.has(name));
  canvas.width = source.width;
  canvas.height = source.height + line * (2.2 + shown.length);
  context.fillStyle = token("--surface");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = token("--ink");
  context.textBaseline = "middle";
  context.font = `600 ${15 * scale}px sans-serif`;
  context.fillText(plot.simulated ? `${plot.title} (${SIMULATED_MARK})` : plot.title, 16 * scale, line);
  context.drawImage(source, 0, line * 1.8);
  context.font = `${13 * scale}px sans-serif`;
  shown.forEach(({ name, place }, n) => {
    const y = line * 1.8 + source.height + line * (n + 0.5);
    context.strokeStyle = colourOf(place);
    context.lineWidth = 3 * scale;
    context.setLineDash(dashOf(place).map((length) => length * scale));
    context.beginPath();
    context.moveTo(20 * scale, y);
    context.lineTo(48 * scale, y);
    context.stroke();
    context.fillStyle = token("--ink");
    context.fillText(name, 56 * scale, y);
  });
  canvas.toBlob((blob) => save(fileName(plot, "png"), blob), "image/png");
}

function exportButtons(view) {
  const made = [button("PNG", "Save the plot as an image", () => savePng(view)), button("CSV", "Save the numbers as CSV", () => saveCsv(view))];
  if (serverUrl(view, "svg")) made.unshift(button("SVG", "Save the plot as vectors", () => download(serverUrl(view, "svg"))));
  return made;
}
