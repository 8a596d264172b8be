// Scores that others published, beside list prices: a panel of its own, never mixed with what was measured.

function publishedChart(panel, benchmark) {
  const models = panel.models.filter((m) => m.usd_per_million_output !== null && m.scores[benchmark] !== undefined);
  if (!models.length) return null;
  const rating = panel.ratings.includes(benchmark);
  const shown = (score) => (rating ? count(score) : `${score} %`);
  const costs = models.flatMap((m) => [m.usd_per_million_input, m.usd_per_million_output]);
  const scores = models.map((m) => m.scores[benchmark]);
  const step = rating ? 250 : 10;
  return chart(`Published ${benchmark} scores against list prices; the table below has the figures`, 320, (colours) => ({
    type: "scatter",
    data: { datasets: [{
      data: models.map((m) => ({ x: m.usd_per_million_output, y: m.scores[benchmark], low: m.usd_per_million_input, high: m.usd_per_million_output, shown: m.model, name: m.model })),
      backgroundColor: cssValue("--run-3"), borderColor: cssValue("--run-3"), pointRadius: 5.5, pointHoverRadius: 7, whiskerAxis: "x", whiskerWidth: 2, clip: 10 }] },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 10, right: 22 } },
      scales: {
        x: { type: "logarithmic", afterBuildTicks: roomyTicks, min: Math.min(...costs) / 1.5, max: Math.max(...costs) * 2.2, title: { display: true, text: "list price, US dollars per million tokens", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
          ticks: { color: colours.soft, maxRotation: 0, autoSkipPadding: 20, maxTicksLimit: 7, includeBounds: false, callback: (v) => "$" + significant(v, 1) } },
        y: { min: step * Math.floor((Math.min(...scores) - step / 2) / step), max: rating ? step * Math.ceil((Math.max(...scores) + step / 2) / step) : 100,
          title: { display: true, text: benchmark, color: colours.soft }, grid: { color: colours.line, drawBorder: false }, ticks: { color: colours.soft, maxTicksLimit: 7, callback: shown } },
      },
      plugins: { legend: { display: false }, tooltip: plainTooltip((d) => [`${visible(d.name)}, published`, `${benchmark} ${shown(d.y)}`, `${price(d.low)} in, ${price(d.high)} out per million tokens`]) },
    },
    plugins: [whiskers, dotNames(colours)],
  }));
}

function publishedTable(panel, benchmark) {
  const rating = panel.ratings.includes(benchmark);
  const columns = [{ title: "Model, published" }, ...panel.benchmarks.map((b) => ({ title: b, num: true })), { title: "$ per M in", num: true }, { title: "cached", num: true }, { title: "out", num: true },
    ...(rating ? [] : [{ title: `per solved ${benchmark}`, num: true }])];
  const sources = (key) => [...new Set(panel.models.map((m) => m[key]).filter(Boolean))].join("; ");
  return make("div", {}, table(columns, [{ rows: panel.models.map((m) => ({ cells: [m.note ? make("span", {}, m.model, make("span", { class: "detail", text: m.note })) : m.model,
    ...panel.benchmarks.map((b) => (m.scores[b] === undefined ? "\u2013" : panel.ratings.includes(b) ? count(m.scores[b]) : fixed(m.scores[b], 1))),
    price(m.usd_per_million_input), price(m.usd_per_million_cached_input), price(m.usd_per_million_output),
    ...(rating ? [] : [dollars(m.usd_per_solved[benchmark] ?? null)])] })) }],
    panel.input_per_question === null
      ? "Cost per solved problem: not known, since nobody published the tokens of a question. Give them with --input-per-question and --output-per-question."
      : `Cost per solved problem: as if each question took ${count(panel.input_per_question)} prompt tokens and ${count(panel.output_per_question)} written ones, as given.`),
  make("p", { class: "fine after", text: `Scores: ${sources("source")}. Prices: ${sources("price_source")}.` }));
}

function publishedSection(data) {
  const panel = data.published;
  if (!panel) return null;
  const holder = make("div");
  const show = (benchmark) => {
    forgetCharts(holder);
    const picture = publishedChart(panel, benchmark);
    holder.replaceChildren(...[picture ? make("div", { class: "card" }, picture) : null, publishedTable(panel, benchmark)].filter(Boolean));
    drawCharts(holder);
  };
  const choice = make("label", { class: "choice", text: "Benchmark" }, make("select", { onchange: (e) => show(e.target.value) },
    panel.benchmarks.map((b) => make("option", { value: b, text: b }))));
  show(panel.benchmarks[0]);
  return section("published", "Published scores and list prices", panel.note, make("p", {}, make("span", { class: "chip inconclusive", text: "published" }), " ",
    make("span", { class: "fine", text: `Each line reaches from the price of input to the price of output, where the dot is. Protocol: ${panel.protocol}.` })), choice, holder);
}
