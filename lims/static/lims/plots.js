/* Draws every .plot with uPlot from the JSON at its data-url, as testing/picture.py describes it; the least is
   {title, simulated, x: {label}, y: {label}, y2?: {label}, series: [{label, axis: "y" | "y2", x: [...], y: [...]}]}.
   Saving a plot stands in plot_export.js, choosing one in gallery.js. */
"use strict";

// Okabe and Ito's colours; a dark page takes the lighter ones first.
const ON_LIGHT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B27A00", "#3B9BD6", "#15232B"];
const ON_DARK = ["#56B4E9", "#F08A4B", "#2FC495", "#E0A3C6", "#E69F00", "#F0E442", "#E6EDEF"];
// A print without colour tells lines by these.
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const FIT_DASH = [1, 3];
const SIMULATED_MARK = "simulated data";
const POINTED = ["cycles", "nyquist", "bode"];
const WINDOW_WAIT_MS = 120;
const NEAR_PX = 28;
const MOST_POINTED = 700;
const TICK_LETTERS = 14;

const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const digits = (value) => (value == null ? "–" : String(Number(value.toPrecision(5))));
const heightOf = (plot) => (plot.kind === "nyquist" ? 380 : 340);
const colourOf = (place) => (darkScheme.matches ? ON_DARK : ON_LIGHT)[place % ON_LIGHT.length];
const dashOf = (place) => DASHES[place % DASHES.length];
const groupOf = (series) => series.group || series.label;

/* --- data --- */
// What counts up by one is sent as where it begins and how many there are.
const places = (x) => (Array.isArray(x) ? x : Array.from({ length: x.count }, (_, n) => x.from + n));

function prepare(plot, holder) {
  const series = plot.series.map((one) => ({ ...one, axis: one.axis || "y", x: places(one.x) })).filter((one) => one.x.length);
  const groups = plot.groups?.length ? plot.groups.filter((name) => series.some((one) => groupOf(one) === name)) : [...new Set(series.map(groupOf))];
  const kind = plot.kind || holder.dataset.kind || "lines";
  return { ...plot, kind, title: plot.title || holder.dataset.title, series, groups, marks: plot.marks || [] };
}

function axisWords(axis, plot, state) {
  if (!axis.capacity) return axis.label;
  const unit = plot.units[state.unit];
  if (!axis.per) return `${axis.name} (${unit})`;
  const [above, below] = unit.split("/");
  return `${axis.name} (${below ? `${above}/(${below} ${axis.per})` : `${above}/${axis.per}`})`;
}

// The same numbers in another unit: divided here, so that nothing is asked of the server again.
function dividedSeries(series, plot, state) {
  const onY = (series.axis === "y2" ? plot.y2 : plot.y).capacity;
  if (state.unit === "cell" || !(plot.x.capacity || onY)) return series;
  const divisor = series.divisors?.[state.unit];
  if (!divisor) return null;
  const divide = (values) => values.map((value) => (value == null ? null : value / divisor));
  return { ...series, x: plot.x.capacity ? divide(series.x) : series.x, y: onY ? divide(series.y) : series.y };
}

function shownSeries(plot, state) {
  const visible = plot.series.filter((one) => !state.hidden.has(groupOf(one)));
  const divided = visible.map((one) => dividedSeries(one, plot, state)).filter(Boolean);
  return state.means ? meansOf(divided) : divided;
}

// One line a group at the mean, with a band of one sample standard deviation where two cells or more meet.
function meansOf(series) {
  const gathered = new Map();
  for (const one of series) {
    if (one.fit || one.aside) continue;
    const key = `${groupOf(one)}\n${one.axis}`;
    if (!gathered.has(key)) gathered.set(key, { first: one, cells: 0, at: new Map() });
    const own = gathered.get(key);
    own.cells += 1;
    one.x.forEach((x, n) => {
      if (one.y[n] == null) return;
      if (!own.at.has(x)) own.at.set(x, []);
      own.at.get(x).push(one.y[n]);
    });
  }
  return [...gathered.values()].flatMap(({ first, cells, at }) => {
    const x = [...at.keys()].sort((a, b) => a - b);
    const mean = x.map((place) => at.get(place).reduce((a, b) => a + b, 0) / at.get(place).length);
    const sd = x.map((place, n) => {
      const values = at.get(place);
      if (values.length < 2) return null;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean[n]) ** 2, 0) / (values.length - 1));
    });
    const edge = (sign) => mean.map((value, n) => (sd[n] == null ? null : value + sign * sd[n]));
    const common = { group: groupOf(first), axis: first.axis, x };
    return [
      { ...common, label: `${groupOf(first)}, mean of ${cells}`, y: mean, style: first.style },
      { ...common, label: "", y: edge(1), edge: "high" },
      { ...common, label: "", y: edge(-1), edge: "low" },
    ];
  });
}

/* uPlot wants x to rise, so a curve that turns is drawn as its rising and falling runs */
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

function layOut(plot, state) {
  const options = [{}];
  const tables = [];
  const bands = [];
  // What stands on the right axis lies beneath what stands on the left one.
  for (const series of shownSeries(plot, state).sort((one, other) => (one.axis === "y2" ? 0 : 1) - (other.axis === "y2" ? 0 : 1))) {
    const place = plot.groups.indexOf(groupOf(series));
    const pointed = series.style ? series.style !== "line" : POINTED.includes(plot.kind);
    const lined = series.style !== "points" || series.fit;
    for (const [x, y] of runsOf(series)) {
      const whole = plot.y.decades ? y.map((value) => (value > 0 ? value : null)) : y;
      tables.push([x, series.axis === "y2" ? y : whole]);
      const colour = series.aside ? token("--soft") : colourOf(place);
      options.push({
        label: series.label,
        scale: series.axis,
        stroke: series.edge ? undefined : colour,
        width: series.edge || !lined ? 0 : series.axis === "y2" ? (plot.kind === "window" ? 0.7 : 1.2) : 1.8,
        dash: plot.kind === "window" ? [] : series.fit ? FIT_DASH : pointed ? (series.axis === "y2" ? [2, 3] : []) : dashOf(place),
        spanGaps: false,
        points: { show: pointed && !series.edge && !series.fit && x.length <= MOST_POINTED, size: series.style === "points" ? 8 : 5, fill: series.aside || series.axis === "y2" ? token("--surface") : colour, stroke: colour },
        told: series,
      });
      if (series.edge === "low") bands.push({ series: [options.length - 2, options.length - 1], fill: `${colour}33` });
    }
  }
  return { options, bands, data: tables.length ? uPlot.join(tables) : [[], []] };
}

/* --- drawing on the canvas, so that it is in the saved image too --- */
function markSimulated(u) {
  const scale = devicePixelRatio;
  u.ctx.save();
  u.ctx.fillStyle = token("--warn-ink");
  u.ctx.font = `600 ${12 * scale}px sans-serif`;
  u.ctx.textAlign = "right";
  u.ctx.textBaseline = "bottom";
  // Above the frame, where no curve can cover it.
  u.ctx.fillText(SIMULATED_MARK, u.bbox.left + u.bbox.width, u.bbox.top - 5 * scale);
  u.ctx.restore();
}

function drawMarks(u, plot) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = token("--soft");
  ctx.lineWidth = scale;
  ctx.setLineDash([6 * scale, 4 * scale]);
  ctx.font = `${11 * scale}px sans-serif`;
  ctx.textAlign = "right";
  for (const mark of plot.marks) {
    if (mark.axis === "x") continue;
    const y = u.valToPos(mark.value, "y", true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(mark.label, bbox.left + bbox.width - 4 * scale, y - 4 * scale);
  }
  ctx.restore();
}

// A bar at the mean of what counts, a line of one sample standard deviation; the cells are uPlot's points.
function drawBars(u, plot, state) {
  const { ctx } = u;
  const scale = devicePixelRatio;
  ctx.save();
  plot.groups.forEach((group, place) => {
    const values = shownSeries(plot, state).filter((one) => groupOf(one) === group && !one.aside).flatMap((one) => one.y);
    if (!values.length) return;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const left = u.valToPos(place - 0.31, "x", true);
    const right = u.valToPos(place + 0.31, "x", true);
    const top = u.valToPos(mean, "y", true);
    const foot = Math.min(u.valToPos(0, "y", true), u.bbox.top + u.bbox.height);
    ctx.fillStyle = `${colourOf(place)}44`;
    ctx.strokeStyle = colourOf(place);
    ctx.lineWidth = 1.2 * scale;
    ctx.fillRect(left, top, right - left, foot - top);
    ctx.strokeRect(left, top, right - left, foot - top);
    if (values.length < 2) return;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    const middle = (left + right) / 2;
    ctx.beginPath();
    for (const end of [mean - sd, mean + sd]) {
      const y = u.valToPos(end, "y", true);
      ctx.moveTo(middle - 7 * scale, y);
      ctx.lineTo(middle + 7 * scale, y);
    }
    ctx.moveTo(middle, u.valToPos(mean - sd, "y", true));
    ctx.lineTo(middle, u.valToPos(mean + sd, "y", true));
    ctx.stroke();
  });
  ctx.restore();
}

/* --- axes and scales --- */
// 8 M under "Ω" is eight megaohm, and it fits beside the axis.
const short = (value) =>
  value == null ? "" : Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(6)} M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(6)} k` : String(+value.toPrecision(10));

function axis(label, more) {
  return {
    label,
    values: (u, splits) => splits.map(short),
    stroke: token("--soft"),
    font: "12px sans-serif",
    labelFont: "13px sans-serif",
    labelSize: 22,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { stroke: token("--line"), width: 1 },
    ...more,
  };
}

function wrapped(words) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= TICK_LETTERS) lines.push(word);
    else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines.join("\n");
}

// There is no cycle two and a half.
const WHOLE = { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] };
const decadeValues = (u, splits) => splits.map((value) => (value == null || Math.log10(value) % 1 !== 0 ? (splits.length < 8 ? short(value) : "") : short(value)));

function axesOf(plot, state) {
  const whole = plot.x.whole || plot.kind === "cycles" ? WHOLE : {};
  const ticked = plot.ticks?.length
    ? { splits: () => plot.ticks.map((_, n) => n), values: () => plot.ticks.map(wrapped), size: 58, grid: { show: false } }
    : {};
  const log = (one) => (one.decades ? { values: decadeValues } : {});
  const axes = [
    axis(ticked.splits ? "" : axisWords(plot.x, plot, state), { ...whole, ...log(plot.x), ...ticked }),
    axis(axisWords(plot.y, plot, state), { size: 64, ...log(plot.y) }),
  ];
  if (plot.y2) axes.push(axis(axisWords(plot.y2, plot, state), { scale: "y2", side: 1, size: 64, grid: { show: false } }));
  return axes;
}

function scalesOf(plot, width, state) {
  if (plot.kind === "nyquist") return equalOhms(width, plot);
  const scale = (one) => {
    if (one.decades) return { distr: 3, log: 10, range: (u, least, most) => uPlot.rangeLog(least, most, 10, false) };
    if (one.least == null) return {};
    return { range: (u, least, most) => [one.least, most == null ? 1 : one.least + 1.06 * (most - one.least)] };
  };
  const scales = { x: { time: false, ...scale(plot.x) }, y: scale(plot.y) };
  if (plot.y2) scales.y2 = scale(plot.y2);
  if (plot.ticks?.length) scales.x = { time: false, range: () => [-0.6, plot.ticks.length - 0.4] };
  // The least of an axis holds for the whole; a part of it is shown as it is.
  else if (plot.x.least != null) scales.x = { time: false, range: (u, least, most) => (state.zoomed ? [least, most] : [plot.x.least, most]) };
  return scales;
}

// A semicircle must look like one: an ohm is as long on both axes, in the whole plot and in a part of it.
function equalOhms(width, plot) {
  const tall = (heightOf(plot) - 90) / (width - 100);
  const spread = (values) => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
  const spanX = spread(plot.series.flatMap((series) => series.x));
  const spanY = spread(plot.series.flatMap((series) => series.y));
  const range = (least, span) => [least - 0.03 * span, least + 1.03 * span];
  return {
    x: {
      time: false,
      range: (u, least, most) => {
        const whole = most - least >= 0.99 * spanX;
        return whole ? range(least, Math.max(most - least, spanY / tall)) : [least, most];
      },
    },
    y: { range: (u, least, most) => range(least, Math.max(most - least, (u.scales.x.max - u.scales.x.min) * tall)) },
  };
}

function draw(view) {
  const { plot, state, canvasBox } = view;
  const { options, bands, data } = layOut(plot, state);
  return new uPlot(
    {
      width: canvasBox.clientWidth,
      height: heightOf(plot),
      padding: [24, plot.y2 ? null : 16, null, null],
      series: options,
      bands,
      axes: axesOf(plot, state),
      scales: scalesOf(plot, canvasBox.clientWidth, state),
      cursor: { drag: { x: !plot.ticks?.length, y: false }, points: { show: false } },
      legend: { show: false },
      hooks: {
        drawClear: plot.kind === "bars" ? [(u) => drawBars(u, plot, state)] : [],
        draw: [...(plot.marks.length ? [(u) => drawMarks(u, plot)] : []), ...(plot.simulated ? [markSimulated] : [])],
        setScale: [(u, key) => key === "x" && view.moved?.(u)],
        setCursor: [(u) => view.hover?.(u)],
      },
    },
    data,
    canvasBox,
  );
}

/* --- what lies under the pointer --- */
function nearest(u, view) {
  const { left, top } = u.cursor;
  if (left == null || left < 0) return null;
  let best = null;
  let least = NEAR_PX ** 2;
  u.series.forEach((series, index) => {
    if (!index || !series.show || series.told.edge) return;
    const values = u.data[index];
    const [from, to] = [u.posToIdx(left - NEAR_PX), u.posToIdx(left + NEAR_PX)];
    for (let n = from; n <= to; n++) {
      if (values[n] == null) continue;
      const far = (u.valToPos(u.data[0][n], "x") - left) ** 2 + (u.valToPos(values[n], series.scale) - top) ** 2;
      if (far < least) [least, best] = [far, { series, x: u.data[0][n], y: values[n] }];
    }
  });
  return best;
}

function watchPointer(view) {
  const tip = element("div", "plot-tip");
  tip.hidden = true;
  view.canvasBox.append(tip);
  let found = null;
  view.hover = (u) => {
    found = nearest(u, view);
    tip.hidden = !found;
    if (!found) return;
    const { told } = found.series;
    const yWords = axisWords(told.axis === "y2" ? view.plot.y2 : view.plot.y, view.plot, view.state);
    const xWords = view.plot.ticks?.length ? "" : `${axisWords(view.plot.x, view.plot, view.state)}: ${digits(found.x)}`;
    tip.replaceChildren(element("strong", "", told.label), ...[xWords, `${yWords}: ${digits(found.y)}`, told.aside && `left out: ${told.aside}`].filter(Boolean).map((words) => element("span", "", words)));
    const x = u.valToPos(found.x, "x") + u.over.offsetLeft;
    const y = u.valToPos(found.y, found.series.scale) + u.over.offsetTop;
    tip.style.left = `${Math.min(x + 12, view.canvasBox.clientWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.max(y - tip.offsetHeight - 8, 0)}px`;
  };
  view.canvasBox.addEventListener("mouseleave", () => (tip.hidden = true));
  view.canvasBox.addEventListener("dblclick", () => found?.series.told.url && location.assign(found.series.told.url));
}

/* --- the same numbers for those who do not see the drawing --- */
function summary(plot, state) {
  const parts = shownSeries(plot, state).filter((one) => !one.edge).slice(0, 24).map((series) => {
    const numbers = series.y.filter((value) => value != null);
    if (!numbers.length) return `${series.label}: no values`;
    const least = numbers.reduce((a, b) => Math.min(a, b));
    const most = numbers.reduce((a, b) => Math.max(a, b));
    return `${series.label}: ${numbers.length} points from ${digits(least)} to ${digits(most)}`;
  });
  return `${plot.title}. ${axisWords(plot.y, plot, state)} over ${axisWords(plot.x, plot, state)}. ${parts.join(". ")}.${plot.simulated ? " Simulated data." : ""}`;
}

function element(name, className, words) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

/* --- tools: what the mouse does by dragging, a gloved finger does by buttons and a keyboard by its keys --- */
function bounds(view) {
  if (view.plot.span) return view.plot.span;
  const x = view.u.data[0];
  return [x[0], x[x.length - 1]];
}

function moveTo(view, min, max) {
  const [first, last] = bounds(view);
  view.state.zoomed = min > first || max < last;
  view.u.setScale("x", { min: Math.max(first, min), max: Math.min(last, max) });
}

function zoom(view, factor) {
  const { min, max } = view.u.scales.x;
  const centre = view.u.cursor.left > 0 ? view.u.posToVal(view.u.cursor.left, "x") : (min + max) / 2;
  const half = ((max - min) * factor) / 2;
  moveTo(view, centre - half, centre + half);
}

function pan(view, share) {
  const { min, max } = view.u.scales.x;
  const [first, last] = bounds(view);
  const step = Math.max(first - min, Math.min(last - max, (max - min) * share));
  moveTo(view, min + step, max + step);
}

const whole = (view) => moveTo(view, ...bounds(view));
const KEYS = { ArrowLeft: (view) => pan(view, -0.25), ArrowRight: (view) => pan(view, 0.25), "+": (view) => zoom(view, 0.5), "-": (view) => zoom(view, 2), 0: whole };

function watchKeysOf(view) {
  view.canvasBox.tabIndex = 0;
  view.canvasBox.setAttribute("role", "application");
  view.canvasBox.setAttribute("aria-label", `${view.plot.title}: arrow keys move, plus and minus zoom, 0 shows all of it`);
  view.canvasBox.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || view.plot.ticks?.length) return;
    event.preventDefault();
    act(view);
  });
  view.canvasBox.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(view, event.deltaY > 0 ? 1.25 : 0.8);
  }, { passive: false });
}

function button(words, purpose, act) {
  const made = element("button", "btn btn-quiet", words);
  made.type = "button";
  made.title = purpose;
  made.setAttribute("aria-label", /\p{L}{2}/u.test(words) ? `${words}: ${purpose}` : purpose);
  made.addEventListener("click", act);
  return made;
}

function tools(view) {
  const bar = element("div", "plot-tools");
  if (!view.plot.ticks?.length) {
    bar.append(
      button("+", "Zoom in around the last touched point", () => zoom(view, 0.5)),
      button("−", "Zoom out", () => zoom(view, 2)),
      button("◀", "Move to the left", () => pan(view, -0.5)),
      button("▶", "Move to the right", () => pan(view, 0.5)),
      button("Whole", "Show the whole plot", () => whole(view)),
    );
  }
  bar.append(...exportButtons(view));
  return bar;
}

function choices(view) {
  const bar = element("div", "plot-choices");
  const units = Object.entries(view.plot.units || {});
  if (units.length > 1) {
    const label = element("label", "plot-choice", "Capacity in ");
    const select = element("select", "form-select");
    for (const [name, words] of units) select.append(new Option(words, name, false, name === view.state.unit));
    select.addEventListener("change", () => {
      view.state.unit = select.value;
      view.redraw();
    });
    label.append(select);
    bar.append(label);
  }
  const crowded = view.plot.means && view.plot.groups.some((name) => view.plot.series.filter((one) => groupOf(one) === name && one.axis === "y").length > 1);
  if (crowded) {
    const toggle = button("Mean ± sd", "Show the mean of each group with one sample standard deviation, or every cell", () => {
      view.state.means = !view.state.means;
      toggle.setAttribute("aria-pressed", view.state.means);
      view.redraw();
    });
    toggle.setAttribute("aria-pressed", view.state.means);
    bar.append(toggle);
  }
  return bar;
}

function legend(view) {
  const list = element("ul", "plot-legend");
  list.setAttribute("aria-label", view.plot.groups_by || "Curves");
  view.plot.groups.forEach((name, place) => {
    const chip = element("button", "plot-chip");
    chip.type = "button";
    chip.setAttribute("aria-pressed", "true");
    chip.title = "Show or hide; double click shows it alone";
    chip.append(swatch(place), element("span", "", name));
    const show = (names) => {
      view.state.hidden = new Set(view.plot.groups.filter((one) => !names.has(one)));
      list.querySelectorAll("button").forEach((other, n) => other.setAttribute("aria-pressed", !view.state.hidden.has(view.plot.groups[n])));
      view.redraw();
    };
    chip.addEventListener("click", () => {
      const names = new Set(view.plot.groups.filter((one) => !view.state.hidden.has(one)));
      if (!names.delete(name)) names.add(name);
      show(names);
    });
    chip.addEventListener("dblclick", () => show(new Set([name])));
    const item = element("li");
    item.append(chip);
    list.append(item);
  });
  return list;
}

function swatch(place) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "line");
  const facts = { width: 24, height: 10, viewBox: "0 0 24 10", "aria-hidden": true };
  Object.entries(facts).forEach(([name, value]) => svg.setAttribute(name, value));
  const drawn = { x1: 0, x2: 24, y1: 5, y2: 5, stroke: colourOf(place), "stroke-width": 3, "stroke-dasharray": dashOf(place).join(" ") };
  Object.entries(drawn).forEach(([name, value]) => line.setAttribute(name, value));
  svg.append(line);
  return svg;
}

/* --- a window of millions of points: the server sends what the screen can show, and again after each move --- */
function watchWindow(view, holder) {
  let timer = 0;
  let asked = 0;
  view.moved = (u) => {
    if (view.filling) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const { min, max } = u.scales.x;
      const mine = (asked += 1);
      const url = new URL(holder.dataset.url, location.href);
      url.searchParams.set("from", min);
      url.searchParams.set("to", max);
      url.searchParams.set("points", Math.min(4000, Math.round(view.canvasBox.clientWidth * 2)));
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      const fresh = prepare(await answer.json(), holder);
      view.plot.series = fresh.series;
      view.filling = true;
      view.u.setData(layOut(view.plot, view.state).data, false);
      view.u.setScale("x", { min, max });
      view.u.redraw();
      view.filling = false;
      holder.dataset.rows = fresh.rows;
    }, WINDOW_WAIT_MS);
  };
}

/* --- one plot --- */
function fail(holder, words) {
  const retry = element("button", "btn btn-quiet", "Try again");
  retry.type = "button";
  retry.addEventListener("click", () => show(holder));
  holder.replaceChildren(element("p", "plot-failed", words), retry);
}

async function fetched(holder) {
  const answer = await fetch(holder.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (answer.ok) return answer.json();
  const told = answer.status === 400 ? Object.values(await answer.json()).flat().join(" ") : "";
  throw new Error(told || `The numbers of this plot did not arrive (${answer.status}).`);
}

async function show(holder) {
  const url = holder.dataset.url;
  holder.dataset.state = "loading";
  let plot;
  try {
    plot = prepare(await fetched(holder), holder);
  } catch (error) {
    const words = error instanceof TypeError ? "The numbers of this plot did not arrive: the connection broke." : error.message;
    return fail(holder, words);
  }
  // Another picture was chosen while this one was on its way.
  if (holder.dataset.url !== url) return;
  holder.dataset.state = "shown";
  if (!plot.series.length) {
    holder.replaceChildren(element("p", "plot-wait", `Nothing to draw yet. ${plot.left_out || ""}`));
    return;
  }
  set(holder, plot);
}

function set(holder, plot) {
  const view = { plot, address: holder.dataset.url, state: { unit: plot.divide_by || "cell", means: false, hidden: new Set(), zoomed: false }, canvasBox: element("div", "plot-canvas") };
  const spoken = element("p", "visually-hidden", summary(plot, view.state));
  const told = [plot.note, plot.left_out].filter(Boolean).join(" ");
  const foot = element("div", "plot-foot");
  foot.append(dataTable(view), tools(view));
  holder.replaceChildren(spoken, choices(view), view.canvasBox, legend(view), ...(told ? [element("p", "hint plot-note", told)] : []), foot);
  const title = document.getElementById(`${holder.id}-title`);
  if (title && plot.title) title.textContent = plot.title;
  view.redraw = () => {
    const scale = view.u && view.state.zoomed ? { ...view.u.scales.x } : null;
    view.filling = true;
    view.u?.destroy();
    view.u = draw(view);
    if (scale) view.u.setScale("x", { min: scale.min, max: scale.max });
    view.filling = false;
    spoken.textContent = summary(plot, view.state);
    holder.dataset.groups = plot.groups.length - view.state.hidden.size;
  };
  view.redraw();
  watchPointer(view);
  watchKeysOf(view);
  // uPlot's own drag changes the scale; what follows from it is the same as for the buttons.
  view.u.over.addEventListener("mouseup", () => (view.state.zoomed = true));
  if (plot.kind === "window") watchWindow(view, holder);
  holder.view = view;
  holder.dataset.picture = plot.name || "";
  new ResizeObserver(() => view.u.setSize({ width: view.canvasBox.clientWidth, height: heightOf(plot) })).observe(view.canvasBox);
  darkScheme.addEventListener("change", view.redraw);
}

const showAll = (root) => root.querySelectorAll(".plot[data-url]").forEach((holder) => holder.dataset.url && show(holder));
document.addEventListener("DOMContentLoaded", () => showAll(document));
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) showAll(event.detail.elt);
});
