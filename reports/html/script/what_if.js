// What the run's own tokens would take on an H800 and on an H100: estimates, and said to be.

// Three digits are more than an estimate knows.
function roughly(value) {
  return value >= 1e6 ? `${significant(value / 1e6)}\u202fM` : significant(Number(value.toPrecision(3)));
}

// The middle, and its range below.
function rangeCell(range, unit = "") {
  if (range === null) return kNotKnown;
  return twoLines(unit + roughly(range[1]), `${roughly(range[0])} to ${roughly(range[2])}`);
}

function whatIfChart(found) {
  const band = 66;
  const all = found.cases.flatMap((c) => c.devices.flatMap((d) => d.decode || []));
  if (!all.length) return null;
  const names = found.cases[0].devices.map((d) => d.name);
  return make("div", {}, legend(names.map((name, i) => ({ tone: i, text: name }))),
    chart("Estimated tokens written per second and device, with the range of each estimate; the table below has the figures", found.cases.length * band + 44, (colours) => ({
      type: "scatter",
      data: { datasets: names.map((name, i) => ({
        data: found.cases.flatMap((c, k) => (c.devices[i].decode ? [{ x: c.devices[i].decode[1], low: c.devices[i].decode[0], high: c.devices[i].decode[2], y: k + (32 + 16 * i) / band, name, model: c.model }] : [])),
        backgroundColor: cssValue(`--run-${i}`), borderColor: cssValue(`--run-${i}`), pointRadius: 5, pointHoverRadius: 7, whiskerAxis: "x", whiskerWidth: 2.5, clip: 10 })) },
      options: {
        animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { right: 10 } },
        scales: {
          x: { type: "logarithmic", afterBuildTicks: roomyTicks, min: Math.min(...all) / 1.3, max: Math.max(...all) * 1.3, title: { display: true, text: "tokens written per second and device (estimated)", color: colours.soft },
            grid: { color: colours.line, drawBorder: false, drawTicks: false }, ticks: { color: colours.soft, padding: 6, maxRotation: 0, autoSkipPadding: 24, maxTicksLimit: 6, includeBounds: false, callback: (v) => count(v) } },
          y: { min: 0, max: found.cases.length, reverse: true, display: false },
        },
        plugins: { legend: { display: false }, tooltip: plainTooltip((d) => [`${visible(d.model)} on ${visible(d.name)}`, `${roughly(d.x)} tokens/s (${roughly(d.low)} to ${roughly(d.high)}), estimated`]) },
      },
      plugins: [whiskers, bandNames(found.cases.map((c) => visible(`${c.model}: ${c.layout}`)), colours)],
    })));
}

function whatIfTable(found) {
  const columns = [{ title: "Card" }, { title: "Writes, tokens/s and device", num: true }, { title: "Reads, tokens/s and device", num: true }, { title: "Device-hours", num: true },
    { title: "US dollars", num: true }, { title: "Memory" }];
  const rowOf = (device, i) => ({ cells: device.problem ? [named(i, device.name), device.problem] : [named(i, device.name), rangeCell(device.decode), rangeCell(device.prefill), rangeCell(device.device_hours),
    rangeCell(device.usd, "$"), device.fit] });
  const change = (c, key) => {
    if (!c.devices[0][key] || !c.devices[1][key]) return kNotKnown;
    const more = c.devices[1][key][1] / c.devices[0][key][1] - 1;
    return Math.abs(more) < 0.0005 ? "as fast" : `${points(more)}\u202f%`;
  };
  return table(columns, found.cases.map((c) => ({
    name: `${c.own ? `${c.model} (this run)` : c.model}: ${c.layout}, ${count(Math.round(c.requests))} requests at once. ${c.devices[1].name}: writing ${change(c, "decode")}, reading ${change(c, "prefill")}`, rows: c.devices.map(rowOf) })),
    `Estimated, not measured, for ${count(found.requests)} requests with ${count(found.input_tokens)} computed prompt tokens and ${count(found.output_tokens)} written ones. Ranges hold every assumption at its slow and at its fast end; the change is that of the middles.`);
}

// What differs between the cards, and what follows in each layout.
function whatFollows(found) {
  const byFigure = new Map();
  for (const c of found.cases) {
    for (const d of c.devices[1].differences) {
      if (!byFigure.has(d.figure)) byFigure.set(d.figure, { ...d, follows: [] });
      byFigure.get(d.figure).follows.push([`${c.model}, ${c.layout}`, d.consequence]);
    }
  }
  const entries = [...byFigure.values()].flatMap((d) => {
    const said = [...new Set(d.follows.map(([, text]) => text))];
    return [make("dt", { text: `${d.figure[0].toUpperCase()}${d.figure.slice(1)}: ${d.first} against ${d.other}` }),
      ...(said.length === 1 ? [make("dd", { text: said[0] })] : d.follows.map(([where, text]) => make("dd", { text: `${where}: ${text}` })))];
  });
  const same = ["memory bandwidth", "arithmetic", "network interface"].filter((figure) => !byFigure.has(figure));
  return make("dl", { class: "methods" }, entries, same.length ? [make("dt", { text: `The same on both: ${same.join(", ")}` })] : []);
}

function whatIfSection(data) {
  const known = data.what_if ? data.runs.map((run, r) => [run, data.what_if[r]]).filter(([, found]) => found) : [];
  if (!known.length) return null;
  const holder = make("div");
  const show = (k) => {
    forgetCharts(holder);
    const found = known[k][1];
    const picture = whatIfChart(found);
    holder.replaceChildren(...[picture ? make("div", { class: "card" }, picture) : null, whatIfTable(found), make("h3", { text: "What differs, and what follows" }), whatFollows(found)].filter(Boolean));
    drawCharts(holder);
  };
  const choice = known.length > 1 ? make("label", { class: "choice", text: "Tokens of" }, make("select", { onchange: (e) => show(Number(e.target.value)) },
    known.map(([run], k) => make("option", { value: String(k), text: run.label })))) : null;
  const [first, second] = known[0][1].cases[0].devices.map((d) => d.name);
  show(0);
  return section("what-if", `${first} or ${second}?`, "What this run's tokens would take on either card: for its own model, where estimates know its shape, and for published models in the layouts that feel the difference most and least. Nothing here was measured.", choice, holder);
}
