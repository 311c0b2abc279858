/* Draws every .plot with uPlot from the JSON at its data-url:
   {title, simulated, x: {label}, y: {label}, y2?: {label}, series: [{label, axis: "y" | "y2", x: [...], y: [...]}]} */
"use strict";

// Okabe and Ito's colours; a dark page takes the lighter ones first.
const ON_LIGHT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B27A00", "#3B9BD6", "#15232B"];
const ON_DARK = ["#56B4E9", "#F08A4B", "#2FC495", "#E0A3C6", "#E69F00", "#F0E442", "#E6EDEF"];
const DASHES = [[], [6, 4], [2, 3]];
const HEIGHT_PX = 320;
const TABLE_ROWS = 200;
const SIMULATED_MARK = "simulated data";

const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const digits = (value) => (value == null ? "–" : String(Number(value.toPrecision(5))));

/* --- data: uPlot wants x to rise, so a curve that turns is drawn as its rising and falling runs --- */
function runsOf(series) {
  const runs = [];
  let start = 0;
  let direction = 0;
  for (let i = 1; i <= series.x.length; i++) {
    const step = i < series.x.length ? Math.sign(series.x[i] - series.x[i - 1]) : 0;
    const turned = direction !== 0 && step !== 0 && step !== direction;
    if (i === series.x.length || turned) {
      const x = series.x.slice(start, i);
      const y = series.y.slice(start, i);
      runs.push(direction < 0 ? [x.reverse(), y.reverse()] : [x, y]);
      start = i - 1;
      direction = step;
    } else if (step !== 0) direction = step;
  }
  return runs;
}

function layOut(plot, kind) {
  const colours = darkScheme.matches ? ON_DARK : ON_LIGHT;
  const options = [{ label: plot.x.label, value: (_, value) => digits(value) }];
  const tables = [];
  plot.series.forEach((series, index) => {
    const colour = colours[index % colours.length];
    const dash = DASHES[Math.floor(index / colours.length) % DASHES.length];
    runsOf(series).forEach((run, part) => {
      tables.push(run);
      options.push({
        label: series.label,
        scale: series.axis === "y2" ? "y2" : "y",
        stroke: colour,
        width: kind === "cycles" ? 1.5 : 2,
        dash,
        points: kind === "cycles" ? { show: run[0].length <= 600, size: 5, fill: colour } : { show: false },
        value: (_, value) => digits(value),
        group: index,
        follows: part > 0,
      });
    });
  });
  return { options, data: uPlot.join(tables) };
}

/* --- drawing --- */
// Above the frame, where no curve can cover it.
function markSimulated(u) {
  const scale = devicePixelRatio;
  u.ctx.save();
  u.ctx.fillStyle = token("--warn-ink");
  u.ctx.font = `600 ${12 * scale}px sans-serif`;
  u.ctx.textAlign = "right";
  u.ctx.textBaseline = "bottom";
  u.ctx.fillText(SIMULATED_MARK, u.bbox.left + u.bbox.width, u.bbox.top - 5 * scale);
  u.ctx.restore();
}

function axis(label, more) {
  return {
    label,
    stroke: token("--soft"),
    font: "12px sans-serif",
    labelFont: "13px sans-serif",
    labelSize: 22,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { stroke: token("--line"), width: 1 },
    ...more,
  };
}

function draw(holder, canvasBox, plot) {
  const { options, data } = layOut(plot, holder.dataset.kind);
  // There is no cycle two and a half.
  const whole = holder.dataset.kind === "cycles" ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {};
  const axes = [axis(plot.x.label, whole), axis(plot.y.label, { size: 64 })];
  if (plot.y2) axes.push(axis(plot.y2.label, { scale: "y2", side: 1, size: 64, grid: { show: false } }));
  const u = new uPlot(
    {
      width: canvasBox.clientWidth,
      height: HEIGHT_PX,
      padding: [24, null, null, null],
      series: options,
      axes,
      scales: { x: { time: false } },
      cursor: { drag: { x: true, y: false }, points: { size: 8 } },
      legend: { markers: { width: 0, fill: (self, index) => self.series[index].stroke(self, index) } },
      hooks: { draw: plot.simulated ? [markSimulated] : [], setSeries: [toggleGroup] },
    },
    data,
    canvasBox,
  );
  // The runs of one curve share its entry in the legend.
  canvasBox.querySelectorAll(".u-legend .u-series").forEach((row, index) => {
    row.hidden = Boolean(options[index].follows);
  });
  return u;
}

function toggleGroup(u, index) {
  const changed = u.series[index];
  if (!changed) return;
  u.series.forEach((one, other) => {
    if (other !== index && one.group === changed.group && one.show !== changed.show) u.setSeries(other, { show: changed.show });
  });
}

/* --- the same numbers for those who do not see the drawing --- */
function summary(plot) {
  const parts = plot.series.map((series) => {
    const numbers = series.y.filter((value) => value != null);
    if (!numbers.length) return `${series.label}: no values`;
    const least = numbers.reduce((a, b) => Math.min(a, b));
    const most = numbers.reduce((a, b) => Math.max(a, b));
    return `${series.label}: ${numbers.length} points from ${digits(least)} to ${digits(most)}`;
  });
  return `${plot.title}. ${plot.y.label} over ${plot.x.label}. ${parts.join(". ")}.${plot.simulated ? " Simulated data." : ""}`;
}

function element(name, className, words) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function dataTable(plot) {
  const details = element("details", "plot-data");
  details.append(element("summary", "", "Show the numbers"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const wrap = element("div", "table-wrap");
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "region");
    wrap.setAttribute("aria-label", `Numbers of ${plot.title}`);
    const table = element("table", "lab-table");
    const head = table.createTHead().insertRow();
    ["Curve", plot.x.label, "Value"].forEach((words) => {
      const cell = element("th", "", words);
      cell.scope = "col";
      head.append(cell);
    });
    const body = table.createTBody();
    const rows = plot.series.flatMap((series) => series.x.map((x, i) => [series.label, digits(x), digits(series.y[i])]));
    rows.slice(0, TABLE_ROWS).forEach((cells) => {
      const row = body.insertRow();
      cells.forEach((words) => (row.insertCell().textContent = words));
    });
    wrap.append(table);
    details.append(wrap);
    if (rows.length > TABLE_ROWS) details.append(element("p", "hint", `The first ${TABLE_ROWS} of ${rows.length} rows. The CSV has all of them.`));
  });
  return details;
}

/* --- export --- */
function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileName = (plot, end) => `${plot.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}${plot.simulated ? "-simulated" : ""}.${end}`;
const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

function saveCsv(plot) {
  const lines = plot.simulated ? ["# Simulated data: made by this product's simulator, not measured."] : [];
  lines.push(["curve", plot.x.label, "value", "quantity"].map(quoted).join(","));
  plot.series.forEach((series) => {
    const quantity = series.axis === "y2" ? plot.y2.label : plot.y.label;
    series.x.forEach((x, i) => lines.push([quoted(series.label), x, series.y[i] ?? "", quoted(quantity)].join(",")));
  });
  save(fileName(plot, "csv"), new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
}

// The canvas holds curves and axes; title and legend are page text and are drawn around it.
function savePng(plot, u) {
  const source = u.ctx.canvas;
  const scale = devicePixelRatio;
  const line = 22 * scale;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const shown = u.series.slice(1).filter((series) => series.show && !series.follows);
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
  shown.forEach((series, i) => {
    const y = line * 1.8 + source.height + line * (i + 0.5);
    context.fillStyle = series.stroke(u, i + 1);
    context.fillRect(20 * scale, y - 2 * scale, 18 * scale, 4 * scale);
    context.fillStyle = token("--ink");
    context.fillText(series.label, 46 * scale, y);
  });
  canvas.toBlob((blob) => save(fileName(plot, "png"), blob), "image/png");
}

/* --- tools: what the mouse does by dragging, a gloved finger does by buttons --- */
function zoom(u, factor) {
  const { min, max } = u.scales.x;
  const centre = u.cursor.left > 0 ? u.posToVal(u.cursor.left, "x") : (min + max) / 2;
  const first = u.data[0][0];
  const last = u.data[0][u.data[0].length - 1];
  const half = ((max - min) * factor) / 2;
  u.setScale("x", { min: Math.max(first, centre - half), max: Math.min(last, centre + half) });
}

function tools(plot, current) {
  const bar = element("div", "plot-tools");
  const whole = () => current().setScale("x", { min: current().data[0][0], max: current().data[0].at(-1) });
  [
    ["+", "Zoom in around the last touched point", () => zoom(current(), 0.5)],
    ["−", "Zoom out", () => zoom(current(), 2)],
    ["Whole", "Show the whole plot", whole],
    ["PNG", "Save the plot as an image", () => savePng(plot, current())],
    ["CSV", "Save the numbers as CSV", () => saveCsv(plot)],
  ].forEach(([words, purpose, act]) => {
    const button = element("button", "btn btn-quiet", words);
    button.type = "button";
    button.title = purpose;
    button.setAttribute("aria-label", `${words === "+" || words === "−" ? "" : `${words}: `}${purpose}`);
    button.addEventListener("click", act);
    bar.append(button);
  });
  return bar;
}

/* --- one plot --- */
function fail(holder, words) {
  const retry = element("button", "btn btn-quiet", "Try again");
  retry.type = "button";
  retry.addEventListener("click", () => show(holder));
  holder.replaceChildren(element("p", "plot-failed", words), retry);
}

async function show(holder) {
  let plot;
  try {
    const answer = await fetch(holder.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return fail(holder, `The numbers of this plot did not arrive (${answer.status}).`);
    plot = await answer.json();
  } catch {
    return fail(holder, "The numbers of this plot did not arrive: the connection broke.");
  }
  const filled = plot.series.filter((series) => series.x.length);
  if (!filled.length) {
    holder.replaceChildren(element("p", "plot-wait", "Nothing to draw yet."));
    return;
  }
  plot = { ...plot, title: plot.title || holder.dataset.title, series: filled };
  const canvasBox = element("div", "plot-canvas");
  const spoken = element("p", "visually-hidden", summary(plot));
  let u;
  const foot = element("div", "plot-foot");
  foot.append(dataTable(plot), tools(plot, () => u));
  holder.replaceChildren(spoken, canvasBox, foot);
  u = draw(holder, canvasBox, plot);
  new ResizeObserver(() => u.setSize({ width: canvasBox.clientWidth, height: HEIGHT_PX })).observe(canvasBox);
  darkScheme.addEventListener("change", () => {
    u.destroy();
    u = draw(holder, canvasBox, plot);
  });
}

const showAll = (root) => root.querySelectorAll(".plot[data-url]").forEach(show);
showAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) showAll(event.detail.elt);
});
