// Kernels, each beside what the machine that it ran on can do at most.

const kBounds = [
  { key: "memory", text: "bound by memory", tone: 0 },
  { key: "compute", text: "bound by arithmetic", tone: 1 },
  { key: "cache", text: "from the caches", tone: 3 },
];

// The name of each roof, above its flat end.
function roofNames(roofs, colours) {
  return {
    id: "roofNames",
    afterDatasetsDraw(target) {
      const { ctx, chartArea, scales } = target;
      ctx.save();
      ctx.font = `12px ${Chart.defaults.font.family}`;
      ctx.fillStyle = colours.soft;
      ctx.textAlign = "right";
      ctx.textBaseline = "bottom";
      for (const [peak, name] of roofs) ctx.fillText(name, chartArea.right - 6, scales.y.getPixelForValue(peak) - 3);
      ctx.restore();
    },
  };
}

// Operations a second against operations a byte: the roofs are what the machine reached in the same run.
function rooflineChart(kernels) {
  const bandwidth = kernels.read_gb_per_s;
  const roofs = [[kernels.fma_gflop_per_s, "float32"], [kernels.int16_gop_per_s, "int16"], [kernels.int8_gop_per_s, "int8"]].filter(([peak]) => peak > 0);
  const points = kernels.rows.filter((k) => k.gb_per_s > 0 && k.gflop_per_s > 0)
    .map((k) => ({ x: k.gflop_per_s / k.gb_per_s, y: k.gflop_per_s, name: k.name, shape: k.shape, bound: k.bound, share: k.share_of_limit }));
  if (!points.length || !(bandwidth > 0) || !roofs.length) return null;
  const peaks = roofs.map(([peak]) => peak);
  const left = Math.min(...points.map((p) => p.x)) / 1.5;
  const right = Math.max(...points.map((p) => p.x), ...peaks.map((peak) => 2 * peak / bandwidth)) * 1.5;
  const shown = kBounds.filter((bound) => points.some((p) => p.bound === bound.key));
  return make("div", {}, legend(shown),
    chart("Speed of each kernel and shape against the limits of the machine; the tables below have the figures", 340, (colours) => ({
      type: "scatter",
      data: { datasets: [
        ...roofs.map(([peak, name], i) => ({ data: [{ x: left, y: left * bandwidth }, { x: peak / bandwidth, y: peak }, { x: right, y: peak }].map((p) => ({ ...p, roof: `${significant(peak)} G/s in ${name}, ${significant(bandwidth)} GB/s` })),
          showLine: true, borderColor: colours.soft, borderWidth: 1.5, borderDash: i ? [5, 4] : [], pointRadius: 0, pointHitRadius: 5, order: 2 })),
        ...shown.map((bound) => ({ data: points.filter((p) => p.bound === bound.key), backgroundColor: cssValue(`--run-${bound.tone}`), borderColor: colours.card, borderWidth: 1, pointRadius: 5, pointHoverRadius: 7, order: 1 })),
      ] },
      options: {
        animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 8, right: 12 } },
        scales: {
          x: { type: "logarithmic", afterBuildTicks: roomyTicks, min: left, max: right, title: { display: true, text: "operations per byte", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxRotation: 0, autoSkipPadding: 24, maxTicksLimit: 7, includeBounds: false, callback: (v) => significant(v, 1) } },
          y: { type: "logarithmic", afterBuildTicks: roomyTicks, max: Math.max(...peaks, ...points.map((p) => p.y)) * 2.5, title: { display: true, text: "G operations per second", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
            ticks: { color: colours.soft, maxTicksLimit: 7, callback: (v) => significant(v, 1) } },
        },
        plugins: { legend: { display: false }, tooltip: plainTooltip((d) => (d.roof ? [`limit: ${d.roof}`] : [`${visible(d.name)}`, visible(d.shape), `${significant(d.y)} G/s, ${significant(d.x)} operations per byte`,
          d.share === null ? "" : `${ofLimit(d.share)} of the limit`].filter(Boolean))) },
      },
      plugins: [roofNames(roofs, colours)],
    })));
}

function limitBar(share) {
  return make("div", { class: "meter", "aria-hidden": "true" }, make("i", { style: { width: Math.min(100, 100 * share) + "%" } }));
}

const ofLimit = (share) => (share === null ? "\u2013" : fixed(100 * share, share < 0.1 ? 1 : 0) + "\u202f%");

function kernelRow(k, name, detail) {
  return { cells: [twoLines(name, detail), duration(k.seconds),
    k.gb_per_s === null ? "\u2013" : significant(k.gb_per_s), k.gflop_per_s === null ? "\u2013" : significant(k.gflop_per_s), k.bound || "\u2013",
    k.share_of_limit === null ? "" : limitBar(k.share_of_limit), ofLimit(k.share_of_limit)] };
}

// Each kernel at the shape where it came nearest to the limit; every shape stands below.
function kernelSummary(rows) {
  const byName = new Map();
  for (const row of rows) byName.set(row.name, [...(byName.get(row.name) || []), row]);
  return [...byName].map(([name, shapes]) => {
    const best = shapes.reduce((a, b) => ((b.share_of_limit ?? -1) > (a.share_of_limit ?? -1) ? b : a));
    return kernelRow(best, name, `${best.shape}${shapes.length > 1 ? ` (best of ${shapes.length} shapes)` : ""}`);
  });
}

const kKernelColumns = [{ title: "Kernel and shape" }, { title: "Time", num: true }, { title: "GB/s", num: true }, { title: "GFLOP/s", num: true }, { title: "Bound by" },
  { title: "" }, { title: "of the limit", num: true }];

function kernelTables(run) {
  const { kernels } = run;
  const limits = [kernels.read_gb_per_s !== null ? `reads ${significant(kernels.read_gb_per_s)} GB/s` : null,
    kernels.fma_gflop_per_s !== null ? `${significant(kernels.fma_gflop_per_s)} GFLOP/s in float32` : null,
    kernels.int16_gop_per_s !== null ? `${significant(kernels.int16_gop_per_s)} Gop/s in int16` : null,
    kernels.int8_gop_per_s !== null ? `${significant(kernels.int8_gop_per_s)} Gop/s in int8` : null].filter(Boolean).join(", ");
  const caption = `${kernels.device || "This machine"}, measured in the same run: ${limits || "limits not measured"}`;
  const short = kernelSummary(kernels.rows);
  const picture = rooflineChart(kernels);
  const card = picture ? make("div", { class: "card" }, picture) : null;
  if (short.length === kernels.rows.length) return [card, table(kKernelColumns, [{ rows: short }], caption)];
  return [card, table(kKernelColumns, [{ rows: short }], caption),
    make("details", {}, make("summary", { text: `All ${kernels.rows.length} kernels and shapes` }),
      make("div", { class: "inside" }, table(kKernelColumns, [{ rows: kernels.rows.map((k) => kernelRow(k, k.name, k.shape)) }], "Every shape that was timed")))];
}

function kernelSection(data) {
  const shown = data.runs.filter((run) => run.kernels && run.kernels.rows.length);
  if (!shown.length) return null;
  return section("kernels", "Kernels", "How fast the arithmetic ran at each model's shapes, beside what the same machine can do at most.",
    ...shown.flatMap((run) => [data.runs.length > 1 ? make("h3", { text: run.label }) : null, ...kernelTables(run)]));
}
