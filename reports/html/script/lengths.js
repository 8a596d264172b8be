// How long the answers were, how long they took, and what the score would have been at every smaller token limit.

// One run's samples (of one suite, or of all): what each took.
function lengthsOf(store, run, task) {
  const { index } = store;
  const found = { tokens: [], first: [], total: [] };
  for (let i = 0; i < store.size; ++i) {
    if (index.run[i] !== run || (task !== null && index.task[i] !== task) || index.verdict[i] === "failed") continue;
    found.tokens.push(index.tokens[i]);
    if (index.first_token_ms[i] !== null) found.first.push(index.first_token_ms[i] / 1e3);
    if (index.total_ms[i] !== null) found.total.push(index.total_ms[i] / 1e3);
  }
  for (const name of Object.keys(found)) found[name] = Float64Array.from(found[name]).sort();
  return found;
}

// The value below which `share` of a sorted list lies.
function quantile(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

// {limit, accuracy, truncated, n} at each limit, as results.json has them.
function limitPoints(run, task) {
  const entry = task === null ? run.results.total : run.results.results[task];
  return entry ? entry.token_limits.points : [];
}

const isPowerOfTwo = (number) => Number.isInteger(Math.log2(number));

function limitChart(data, curves) {
  const limits = curves.flat().map((point) => point.limit);
  // From the last limit at which nothing was right.
  const least = Math.min(...curves.map((points) => (points.filter((p) => p.accuracy === 0).at(-1) || points[0] || { limit: 16 }).limit));
  const most = Math.max(...limits);
  return chart("Share of questions that were answered right within each number of tokens; the table below has the figures", 300, (colours) => ({
    type: "line",
    data: { datasets: data.runs.map((run, r) => {
      const colour = cssValue(`--run-${r % 6}`);
      return { data: curves[r].filter((p) => p.limit >= least).map((p) => ({ x: p.limit, y: 100 * p.accuracy, cut: 100 * p.truncated })), name: run.label, borderColor: colour,
        backgroundColor: colour, borderWidth: 2, stepped: "before", pointRadius: 0, pointHitRadius: 6, pointHoverRadius: 5, parsing: false };
    }) },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 8, right: 12 } }, interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "logarithmic", min: least, max: most, title: { display: true, text: "limit on the tokens written, thinking and answer", color: colours.soft },
          grid: { color: colours.line, drawBorder: false }, afterBuildTicks: (axis) => { axis.ticks = [...new Set(limits)].filter((v) => v >= least && isPowerOfTwo(v)).sort((a, b) => a - b).map((value) => ({ value })); },
          ticks: { color: colours.soft, maxRotation: 0, autoSkip: true, autoSkipPadding: 16, callback: (v) => count(v) } },
        y: { min: 0, suggestedMax: 100, title: { display: true, text: "right", color: colours.soft }, grid: { color: colours.line, drawBorder: false },
          ticks: { color: colours.soft, callback: (v) => v + " %" } },
      },
      plugins: { legend: { display: false }, tooltip: { displayColors: false, callbacks: { title: () => "",
        label: (item) => `${visible(item.dataset.name)}: ${fixed(item.raw.y, 1)} % right within ${count(item.raw.x)} tokens, ${fixed(item.raw.cut, 1)} % cut off` } } },
    },
  }));
}

const kLengthBins = 36;

// Counts in bins of equal ratio, as a share of all samples.
function lengthChart(data, lists, unit, label) {
  const positive = lists.map((list) => list.filter((v) => v > 0)).filter((list) => list.length);  // each sorted
  if (!positive.length) return null;
  const low = Math.log(Math.min(...positive.map((list) => list[0])));
  const high = Math.log(Math.max(...positive.map((list) => list.at(-1))) * 1.0001) + 1e-6;
  const edge = (bin) => Math.exp(low + (high - low) * bin / kLengthBins);
  const shown = (v) => (unit === "s" ? duration(v) : count(Math.round(v)));
  return chart(label, 190, (colours) => ({
    type: "line",
    data: { datasets: lists.map((list, r) => {
      const bins = new Array(kLengthBins).fill(0);
      for (const v of list) if (v > 0) ++bins[Math.min(kLengthBins - 1, Math.floor((Math.log(v) - low) / (high - low) * kLengthBins))];
      const colour = cssValue(`--run-${r % 6}`);
      const corners = bins.map((n, bin) => ({ x: edge(bin), y: list.length ? 100 * n / list.length : 0, to: edge(bin + 1) }));
      corners.push({ x: edge(kLengthBins), y: 0, to: edge(kLengthBins) });
      return { data: corners, name: data.runs[r].label, stepped: "before", borderColor: colour, backgroundColor: `color-mix(in srgb, ${colour} 14%, transparent)`,
        borderWidth: 1.5, fill: "origin", pointRadius: 0, pointHitRadius: 6, parsing: false };
    }) },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true, layout: { padding: { top: 6, right: 12 } }, interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "logarithmic", afterBuildTicks: roomyTicks, min: edge(0), max: edge(kLengthBins), grid: { display: false }, ticks: { color: colours.soft, maxRotation: 0, autoSkip: true, autoSkipPadding: 18, maxTicksLimit: 6, includeBounds: false, callback: shown } },
        y: { beginAtZero: true, grid: { color: colours.line, drawBorder: false }, ticks: { color: colours.soft, maxTicksLimit: 4, callback: (v) => v + " %" } },
      },
      plugins: { legend: { display: false }, tooltip: { displayColors: false, callbacks: { title: () => "",
        label: (item) => `${visible(item.dataset.name)}: ${fixed(item.raw.y, 1)} % from ${shown(item.raw.x)} to ${shown(item.raw.to)}` } } },
    },
  }));
}

function lengthTable(data, lengths) {
  const columns = [{ title: "Model" }, ...["half within", "90\u202f% within", "99\u202f% within", "longest"].map((title) => ({ title: "Tokens: " + title, num: true })),
    ...["half within", "90\u202f% within"].map((title) => ({ title: "First token: " + title, num: true })), ...["half within", "90\u202f% within", "longest"].map((title) => ({ title: "Whole answer: " + title, num: true }))];
  const whole = (v) => (v === null ? kNotKnown : count(v));
  const time = (v) => (v === null ? kNotKnown : duration(v));
  return table(columns, [{ rows: data.runs.map((run, r) => {
    const { tokens, first, total } = lengths[r];
    return { cells: [named(r, run.label), ...[0.5, 0.9, 0.99, 1].map((q) => whole(quantile(tokens, q))), ...[0.5, 0.9].map((q) => time(quantile(first, q))), ...[0.5, 0.9, 1].map((q) => time(quantile(total, q)))] };
  }) }], "Lengths and times of single samples; times include waiting for a place in the batch");
}

function limitTable(data, curves) {
  const limits = [...new Set(curves.flat().map((p) => p.limit))].filter(isPowerOfTwo).sort((a, b) => a - b)
    .filter((limit) => curves.some((points) => points.some((p) => p.limit === limit && p.accuracy > 0))).slice(-9);
  if (!limits.length) return null;
  const columns = [{ title: "Model" }, ...limits.map((limit) => ({ title: count(limit), num: true }))];
  // Beyond its longest reply a run's score no longer changes.
  const share = (points, limit) => percent((points.filter((p) => p.limit <= limit).at(-1) || { accuracy: null }).accuracy);
  return table(columns, [{ rows: data.runs.map((run, r) => ({ cells: [named(r, run.label), ...limits.map((limit) => share(curves[r], limit))] })) }],
    "Right within this many tokens; the last column is the run as it was");
}

function lengthsSection(data, store) {
  if (store === null) return null;
  const holder = make("div");
  const show = (task) => {
    const lengths = data.runs.map((_, r) => lengthsOf(store, r, task));
    const curves = data.runs.map((run) => limitPoints(run, task));
    forgetCharts(holder);
    if (!lengths.some((l) => l.tokens.length > 0)) return holder.replaceChildren(make("p", { class: "notice", text: "No answer here." }));
    const names = data.runs.length > 1 ? legend(data.runs.map((run, r) => ({ tone: r, text: run.label }))) : null;
    const times = lengthChart(data, lengths.map((l) => l.total), "s", "Distribution of the time of whole answers");
    holder.replaceChildren(...[
      curves.flat().length ? make("div", { class: "card" }, names, limitChart(data, curves)) : names,
      limitTable(data, curves),
      make("div", { class: "pair" },
        make("div", { class: "card" }, make("h3", { text: "Tokens written" }), lengthChart(data, lengths.map((l) => l.tokens), "tokens", "Distribution of the tokens written") || make("p", { text: "None." })),
        times ? make("div", { class: "card" }, make("h3", { text: "Time of a whole answer" }), times) : null),
      lengthTable(data, lengths)].filter(Boolean));
    drawCharts(holder);
  };
  const tasks = taskNames(data);
  const choice = tasks.length > 1 ? make("label", { class: "choice", text: "Suite" }, make("select", { onchange: (e) => show(e.target.value || null) },
    make("option", { value: "", text: "all suites" }), tasks.map((task) => make("option", { value: task, text: task })))) : null;
  show(null);
  return section("lengths", "Lengths and limits",
    "What the score would have been at smaller token limits, from this one run: what was not finished by then is cut off and counts as wrong. (A model that is told to stop thinking and answer would do better; that is another measurement.)",
    choice, holder);
}
