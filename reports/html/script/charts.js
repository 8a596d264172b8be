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

// The name of each band above its dots: long names fit on a narrow screen too.
function bandNames(names, colours) {
  return {
    id: "bandNames",
    beforeDatasetsDraw(target) {
      const { ctx, chartArea, scales } = target;
      ctx.save();
      ctx.font = `560 13px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "top";
      names.forEach((name, i) => {
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
          tooltip: plainTooltip((d) => [`${visible(d.name)}, ${visible(d.task)}`, `${d.x.toFixed(1)} %` +
            (d.low === null ? "" : `, 95 % interval ${d.low.toFixed(1)} to ${d.high.toFixed(1)}`), `n = ${count(d.n)}`,
            d.innerLow === null ? "" : `asked again: ${d.innerLow.toFixed(1)} to ${d.innerHigh.toFixed(1)}`].filter(Boolean)) },
      },
      plugins: [whiskers, bandNames(tasks.map(visible), colours)],
    }));
}

// Names beside the dots, where there is room.
const dotNames = (colours) => ({
  id: "dotNames",
  afterDatasetsDraw(target) {
    const { ctx, chartArea } = target;
    // Dots first: no name is written over one.
    const taken = target.data.datasets.flatMap((set, index) => target.getDatasetMeta(index).data
      .map((dot) => ({ left: dot.x - 7, right: dot.x + 7, top: dot.y - 7, bottom: dot.y + 7 })));
    const free = (box) => !taken.some((b) => b.left < box.right && box.left < b.right && b.top < box.bottom && box.top < b.bottom);
    ctx.save();
    ctx.font = `12px ${Chart.defaults.font.family}`;
    ctx.fillStyle = colours.soft;
    ctx.textBaseline = "middle";
    target.data.datasets.forEach((set, index) => {
      target.getDatasetMeta(index).data.forEach((dot, i) => {
        const name = set.data[i].shown;
        const width = ctx.measureText(name).width;
        const places = [dot.x + 10, dot.x - 10 - width].filter((left) => left + width < chartArea.right && left > chartArea.left)
          .map((left) => ({ left, right: left + width, top: dot.y - 8, bottom: dot.y + 8 })).filter(free);
        if (!places.length) return;
        taken.push(places[0]);
        ctx.fillText(name, places[0].left, dot.y);
      });
    });
    ctx.restore();
  },
});

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
        animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 10, right: 12 } },
        scales: {
          x: { type: spread ? "logarithmic" : "linear", min: spread ? Math.min(...all) / 1.6 : Math.max(0, Math.min(...all) - pad),
            max: spread ? Math.max(...all) * 1.6 : Math.max(...all) + pad,
            title: { display: true, text: unit, color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxRotation: 0, autoSkipPadding: 24, maxTicksLimit: 6, includeBounds: false, callback: (v) => (priced ? "$" : "") + significant(v, 2) } },
          y: { min: bottom, max: top, title: { display: true, text: "accuracy", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxTicksLimit: 7, callback: (v) => v + " %" } },
        },
        plugins: { legend: { display: false },
          tooltip: plainTooltip((d) => [`${visible(d.name)}, ${visible(d.task)}`, `${d.y.toFixed(1)} % right`,
            `${significant(d.x)} ${unit}`]) },
      },
      plugins: [whiskers, dotNames(colours)],
    })));
}
