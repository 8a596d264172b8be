// Charts on Chart.js: dots with their intervals. They are drawn again when the theme changes.

const drawn = [];

function chartColours() {
  return { ink: cssValue("--ink"), soft: cssValue("--soft"), line: cssValue("--line"), card: cssValue("--card") };
}

function chart(label, height, build) {
  const canvas = make("canvas", { role: "img", "aria-label": label });
  const holder = make("div", { class: "chart", style: { height: height + "px" } }, canvas);
  drawn.push({ canvas, build, chart: null });
  return holder;
}

// Those inside `holder` are about to leave the page.
function forgetCharts(holder) {
  for (let i = drawn.length - 1; i >= 0; --i) {
    if (!holder.contains(drawn[i].canvas)) continue;
    if (drawn[i].chart) drawn[i].chart.destroy();
    drawn.splice(i, 1);
  }
}

// All charts, or those inside one element. Before the theme is known there are no colours to draw with.
function drawCharts(holder) {
  if (typeof Chart === "undefined" || !document.documentElement.dataset.theme) return;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  for (const item of drawn) {
    if (holder && !holder.contains(item.canvas)) continue;
    if (item.chart) item.chart.destroy();
    item.chart = new Chart(item.canvas.getContext("2d"), item.build(chartColours()));
  }
}

// Charts for a page of `width` pixels: those that stand side by side share it.
function fitCharts(width) {
  const room = document.getElementById("main").clientWidth;
  for (const { canvas, chart } of drawn) {
    if (chart) chart.resize(Math.round(width * canvas.parentElement.clientWidth / room), canvas.parentElement.clientHeight);
  }
}

// A whisker through each point: {low, high} along `axis`; a second bar, wide and pale: {innerLow, innerHigh}.
const whiskers = {
  id: "whiskers",
  beforeDatasetsDraw(target) {
    const { ctx } = target;
    target.data.datasets.forEach((set, index) => {
      const along = set.whiskerAxis;
      if (!along) return;
      const scale = target.scales[along];
      ctx.save();
      ctx.strokeStyle = set.borderColor;
      const stroke = (dot, low, high) => {
        if (low === null || low === undefined) return;
        const from = scale.getPixelForValue(low);
        const to = scale.getPixelForValue(high);
        ctx.beginPath();
        if (along === "x") { ctx.moveTo(from, dot.y); ctx.lineTo(to, dot.y); } else { ctx.moveTo(dot.x, from); ctx.lineTo(dot.x, to); }
        ctx.stroke();
      };
      target.getDatasetMeta(index).data.forEach((dot, i) => {
        const point = set.data[i];
        ctx.lineCap = "butt";
        ctx.globalAlpha = 0.35;
        ctx.lineWidth = 9;
        stroke(dot, point.innerLow, point.innerHigh);
        ctx.lineCap = "round";
        ctx.globalAlpha = 1;
        ctx.lineWidth = set.whiskerWidth || 2;
        stroke(dot, point.low, point.high);
      });
      ctx.restore();
    });
  },
};

// The text, or as much of its beginning as has room.
function fitting(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 0 && ctx.measureText(text.slice(0, length) + "\u2026").width > room) --length;
  return text.slice(0, length) + "\u2026";
}

// The name of each band above its dots: long names fit on a narrow screen too.
function bandNames(names, colours) {
  return {
    id: "bandNames",
    beforeDatasetsDraw(target) {
      const { ctx, chartArea, scales } = target;
      ctx.save();
      ctx.font = `560 13px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "top";
      names.forEach((whole, i) => {
        const name = fitting(ctx, whole, chartArea.right - chartArea.left - 4);
        const top = scales.y.getPixelForValue(i);
        if (i > 0) {
          ctx.strokeStyle = colours.line;
          ctx.lineWidth = 1;
          ctx.beginPath(); ctx.moveTo(chartArea.left, top); ctx.lineTo(chartArea.right, top); ctx.stroke();
        }
        const width = ctx.measureText(name).width;
        ctx.fillStyle = colours.card;
        ctx.fillRect(chartArea.left, top + 5, width + 8, 18);
        ctx.fillStyle = colours.ink;
        ctx.fillText(name, chartArea.left + 2, top + 7);
      });
      ctx.restore();
    },
  };
}

const plainTooltip = (lines) => ({ displayColors: false, callbacks: { title: () => "", label: (item) => lines(item.raw) } });

const inPercent = (interval) => (interval ? interval.map((v) => 100 * v) : [null, null]);

function accuracyChart(runs, tasks) {
  const band = 30 + 20 * runs.length;
  return chart("Accuracy of each suite and model with its 95 % interval; the table below has the same figures",
    tasks.length * band + 34, (colours) => ({
      type: "scatter",
      data: {
        datasets: runs.map((run, r) => {
          const colour = cssValue(`--run-${r % 6}`);
          const dots = [];
          tasks.forEach((task, t) => {
            const entry = run.results.results[task];
            if (!entry || entry.accuracy.value === null) return;
            const score = entry.accuracy;
            const [low, high] = inPercent(score.interval_95);
            const [innerLow, innerHigh] = inPercent(score.interval_95_sampling);
            dots.push({ x: 100 * score.value, y: t + (30 + 20 * r + 8) / band, low, high, innerLow, innerHigh, name: run.label, task, n: score.n });
          });
          return { data: dots, backgroundColor: colour, borderColor: colour, pointRadius: 5.5, pointHoverRadius: 7,
            whiskerAxis: "x", whiskerWidth: 2.5, clip: 10 };
        }),
      },
      options: {
        animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { right: 8 } },
        scales: {
          x: { min: 0, max: 100, grid: { color: colours.line, drawBorder: false, drawTicks: false },
            ticks: { color: colours.soft, padding: 6, maxRotation: 0, stepSize: 20, callback: (v) => v + " %" } },
          y: { min: 0, max: tasks.length, reverse: true, display: false },
        },
        plugins: { legend: { display: false },
          tooltip: plainTooltip((d) => [`${visible(d.name)}, ${visible(d.task)}`, `${fixed(d.x, 1)} %` +
            (d.low === null ? "" : `, 95 % interval ${fixed(d.low, 1)} to ${fixed(d.high, 1)}`), `n = ${count(d.n)}`,
            d.innerLow === null ? "" : `asked again: ${fixed(d.innerLow, 1)} to ${fixed(d.innerHigh, 1)}`].filter(Boolean)) },
      },
      plugins: [whiskers, bandNames(tasks.map(visible), colours)],
    }));
}

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

// What names must leave free: the dots and their whiskers.
function marksOf(target) {
  return target.data.datasets.flatMap((set, index) => target.getDatasetMeta(index).data.flatMap((dot, i) => {
    const boxes = [{ dot, left: dot.x - 7, right: dot.x + 7, top: dot.y - 7, bottom: dot.y + 7 }];
    const { low, high } = set.data[i];
    if (low !== null && low !== undefined) {
      const [from, to] = [low, high].map((v) => target.scales[set.whiskerAxis].getPixelForValue(v));
      boxes.push(set.whiskerAxis === "y" ? { dot, left: dot.x - 3, right: dot.x + 3, top: to, bottom: from } : { dot, left: from, right: to, top: dot.y - 3, bottom: dot.y + 3 });
    }
    return boxes;
  }));
}

// Where the name of a dot may stand: right or left of it, else a line or two higher or lower with a thin line to the dot.
function namePlaces(dot, name, width) {
  return [0, -16, 16, -32, 32].flatMap((off) => [1, -1].map((side) => {
    const left = side > 0 ? dot.x + 10 : dot.x - 10 - width;
    const up = Math.sign(off);
    const line = off === 0 ? null : { x0: dot.x + 6 * side, y0: dot.y + 5 * up, x1: dot.x + 10 * side, y1: dot.y + off - 8 * up };
    return { name, left, right: left + width, top: dot.y + off - 8, bottom: dot.y + off + 8, line };
  }));
}

// Where no place is free a dot has no name; it says what it is when pointed at, and the tables have it.
const dotNames = (colours) => ({
  id: "dotNames",
  afterDatasetsDraw(target) {
    const { ctx, chartArea } = target;
    const marks = marksOf(target);
    const names = [];
    const lineBox = ({ x0, y0, x1, y1 }) => ({ left: Math.min(x0, x1), right: Math.max(x0, x1), top: Math.min(y0, y1), bottom: Math.max(y0, y1) });
    const free = (place, dot) => place.left > chartArea.left && place.right < chartArea.right && place.top > chartArea.top && place.bottom < chartArea.bottom &&
      ![...marks, ...names].some((other) => overlap(place, other) || (place.line && other.dot !== dot && overlap(lineBox(place.line), other)));
    ctx.save();
    ctx.font = `12px ${Chart.defaults.font.family}`;
    ctx.strokeStyle = colours.soft;
    ctx.lineWidth = 0.75;
    ctx.fillStyle = colours.soft;
    ctx.textBaseline = "middle";
    target.data.datasets.forEach((set, index) => {
      target.getDatasetMeta(index).data.forEach((dot, i) => {
        const name = set.data[i].shown;
        const place = namePlaces(dot, name, ctx.measureText(name).width).find((candidate) => free(candidate, dot));
        if (!place) return;
        names.push(place);
        if (place.line) {
          ctx.beginPath();
          ctx.moveTo(place.line.x0, place.line.y0);
          ctx.lineTo(place.line.x1, place.line.y1);
          ctx.stroke();
        }
        ctx.fillText(name, place.left, (place.top + place.bottom) / 2);
      });
    });
    ctx.restore();
    target.names = { names, marks };
  },
});

// Ticks of a logarithmic axis that have room: 1, 2, 5 of each power of ten, else the powers alone.
function roomyTicks(scale) {
  if (scale.type !== "logarithmic") return;
  const mantissa = (v) => Number((v / 10 ** Math.floor(Math.log10(v) + 1e-9)).toPrecision(3));  // that of an end of the axis is no whole number
  for (const wanted of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = scale.ticks.filter((tick) => wanted.includes(mantissa(tick.value)));
    if (ticks.length < 2) continue;
    scale.ticks = ticks;
    if (!scale.isHorizontal() || scale.maxWidth / ticks.length > 64) return;
  }
}

// Accuracy against what one sample cost: US dollars where every run has a price, else device-seconds.
function costChart(runs) {
  const priced = runs.every((run) => run.results.total.cost.usd_per_sample !== null);
  const tiny = priced && runs.every((run) => run.results.total.cost.usd_per_sample < kTinyUsd);
  const costOf = (cost, samples) => (priced ? (cost.usd_per_sample === null ? null : cost.usd_per_sample * (tiny ? 1e6 : 1))
    : samples.recorded > 0 ? 3600 * cost.device_hours / samples.recorded : null);
  const unit = priced ? (tiny ? "US dollars per million samples" : "US dollars per sample") : "device-seconds per sample (no price is known)";
  const all = [];
  const heights = [];
  const sets = (r, run, colour) => {
    const dots = [];
    for (const [task, entry] of Object.entries(run.results.results)) {
      const x = costOf(entry.cost, entry.samples);
      const score = entry.accuracy;
      if (x === null || !(x > 0) || score.value === null) continue;
      all.push(x);
      heights.push(...(score.interval_95 || [score.value]).map((v) => 100 * v));
      dots.push({ x, y: 100 * score.value, low: score.interval_95 ? 100 * score.interval_95[0] : null,
        high: score.interval_95 ? 100 * score.interval_95[1] : null, name: run.label, task, shown: visible(task), solved: entry.cost.usd_per_solved });
    }
    return { data: dots, backgroundColor: colour, borderColor: colour, pointRadius: 6, pointHoverRadius: 8, whiskerAxis: "y", whiskerWidth: 2, clip: 10 };
  };
  runs.forEach((run, r) => sets(r, run, ""));
  if (all.length === 0) return null;
  const spread = Math.max(...all) / Math.min(...all) > 8;
  const bottom = Math.max(0, 10 * Math.floor((Math.min(...heights) - 6) / 10));
  const top = Math.min(100, 10 * Math.ceil((Math.max(...heights) + 6) / 10));
  const pad = 0.18 * (Math.max(...all) - Math.min(...all)) || 0.5 * all[0];
  return make("div", {}, legend(runs.map((run, r) => ({ tone: r, text: run.label }))),
    chart("Accuracy against cost, one dot for each suite and model; the tables have the same figures", 340, (colours) => ({
      type: "scatter",
      data: { datasets: runs.map((run, r) => sets(r, run, cssValue(`--run-${r % 6}`))) },
      options: {
        animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 10, right: 22 } },
        scales: {
          x: { type: spread ? "logarithmic" : "linear", min: spread ? Math.min(...all) / 1.6 : Math.max(0, Math.min(...all) - pad),
            max: spread ? Math.max(...all) * 1.6 : Math.max(...all) + pad, afterBuildTicks: roomyTicks,
            title: { display: true, text: unit, color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxRotation: 0, autoSkipPadding: 24, maxTicksLimit: 8, includeBounds: false, callback: (v) => (priced ? price(Number(v.toPrecision(2))) : significant(v, 2)) } },
          y: { min: bottom, max: top, title: { display: true, text: "accuracy", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxTicksLimit: 7, callback: (v) => v + " %" } },
        },
        plugins: { legend: { display: false },
          tooltip: plainTooltip((d) => [`${visible(d.name)}, ${visible(d.task)}`, `${fixed(d.y, 1)} % right`,
            `${significant(d.x)} ${unit}`]) },
      },
      plugins: [whiskers, dotNames(colours)],
    })));
}
