// The upper half of the page: what came out, how sure that is, and whether the models differ.

function headline(data) {
  return [data.name ? make("p", { class: "eyebrow", text: data.name }) : null, make("h1", { text: data.title }), make("p", { class: "lede", text: data.details })];
}

function modelLine(run) {
  const model = run.model;
  const parts = [model.architecture];
  if (model.parameters) {
    const active = model.active_parameters && model.active_parameters !== model.parameters ? `, ${big(model.active_parameters)} active` : "";
    parts.push(`${big(model.parameters)} parameters${active}`);
  }
  if (model.weight_bytes) parts.push(bytes(model.weight_bytes));
  return parts.filter(Boolean).join(" \u00b7 ");
}

function modelCard(run, index) {
  const total = run.results.total;
  const score = total.accuracy;
  const gauge = make("div", { class: "gauge", "aria-hidden": "true" });
  if (score.interval_95) {
    const [low, high] = score.interval_95;
    gauge.append(make("i", { style: { left: 100 * low + "%", width: 100 * (high - low) + "%" } }),
      make("b", { style: { left: 100 * score.value + "%" } }));
  }
  const fact = (name, value) => [make("dt", { text: name }), make("dd", { text: value })];
  const engine = total.engine;
  const facts = [
    make("div", {}, fact("Cost of a solved problem", total.cost.usd_per_solved.usd === null ? dollarsPerSolved(total.cost.usd_per_solved) : dollars(total.cost.usd_per_solved.usd))),
    make("div", {}, fact("Device-hours", total.devices.length ? significant(total.cost.device_hours) : kNotKnown)),
    make("div", {}, fact("Tokens written", count(total.usage.output_tokens))),
    make("div", {}, fact("Written per second", engine ? rate(engine.decode_tokens, engine.decode_seconds) : kNotKnown)),
    make("div", {}, fact("Cut off by the token limit", `${count(total.samples.truncated)} of ${count(total.samples.recorded)}`)),
    make("div", {}, fact("Failed, not graded", count(total.samples.failed + total.samples.not_graded))),
  ];
  return make("article", { class: "card model", tone: index },
    make("div", { class: "name", text: run.label }), make("div", { class: "what", text: modelLine(run) }),
    make("p", { class: "big" }, percent(score.value), make("small", { text: score.n ? " right" : "" })),
    make("div", { class: "range", text: score.n ? `95 % interval ${range(score.interval_95)}, ${count(score.n)} questions` : "no graded sample" }),
    gauge, make("dl", { class: "facts" }, facts));
}

// One figure for several suites, where groups were asked for.
function groupsTable(data) {
  const rows = data.runs.flatMap((run, r) => Object.values(run.results.groups).flatMap((group) => Object.entries(group.metrics).map(([name, score]) => ({ cells: [
    named(r, data.runs.length > 1 ? `${run.label}: ${group.alias}` : group.alias), name.replace(/,none$/, ""), score.value.toFixed(4),
    score.interval_95 ? score.interval_95.map((v) => v.toFixed(4)).join(" to ") : "\u2013", count(score.n), score.stderr === null ? "\u2013" : score.stderr.toFixed(4)] }))));
  if (!rows.length) return null;
  return [make("h3", { text: "Groups" }), table([{ title: "Group" }, { title: "Metric" }, { title: "Value", num: true }, { title: "95 % interval", num: true }, { title: "n", num: true },
    { title: "SE", num: true }], [{ rows }], "A group's figure is the mean over its questions, or over its suites where its file says so.")];
}

function accuracySection(data) {
  const columns = [{ title: "Right", num: true }, { title: "95 % interval", num: true }, { title: "n", num: true }, { title: "SE, points", num: true },
    { title: "Truncated", num: true }, { title: "No answer", num: true }, { title: "Failed", num: true }, { title: "Missing", num: true }];
  const repeated = data.runs.some((run) => Object.values(run.results.results).some((t) => t.accuracy.stderr_sampling !== null));
  if (repeated) columns.splice(4, 0, { title: "SE of sampling, points", num: true });
  const cells = (entry) => {
    const score = entry.accuracy;
    const s = entry.samples;
    const error = (value) => (value === null || value === 0 ? "\u2013" : (100 * value).toFixed(2));
    const list = [percent(score.value), range(score.interval_95), count(score.n), error(score.stderr)];
    if (repeated) list.push(error(score.stderr_sampling));
    return [...list, count(s.truncated), count(s.no_answer), count(s.failed + s.not_graded), count(s.missing)];
  };
  return section("accuracy", "Accuracy",
    "The share of questions answered right. The line through each dot is its 95 % interval: where the true share for questions of this kind may lie.",
    make("div", { class: "card" }, data.runs.length > 1 ? legend(data.runs.map((run, r) => ({ tone: r, text: run.label }))) : null, accuracyChart(data.runs, taskNames(data))),
    tableBySuite(data, columns, cells, "Truncated answers and answers that could not be found count as wrong. Failed samples are technical failures: not graded, and tried again when the run is resumed.", true), groupsTable(data));
}

// A small drawing of a difference, its interval and the margin inside which it counts as none.
function forest(task, margin, reach) {
  const x = (value) => 50 + 50 * Math.max(-1, Math.min(1, value / reach));
  const drawing = svg("svg", { class: "forest", role: "img",
    "aria-label": `difference ${points(task.difference)} points` });
  const line = (attributes) => drawing.append(svg("line", attributes));
  drawing.append(svg("rect", { x: x(-margin) + "%", width: x(margin) - x(-margin) + "%", y: 2, height: 22, fill: "var(--mute-soft)" }));
  line({ x1: "50%", x2: "50%", y1: 0, y2: 26, stroke: "var(--line-strong)", "stroke-width": 1 });
  const colour = task.verdict === "better" ? "var(--good)" : task.verdict === "worse" ? "var(--bad)" : "var(--soft)";
  if (task.interval) line({ x1: x(task.interval[0]) + "%", x2: x(task.interval[1]) + "%", y1: 13, y2: 13, stroke: colour, "stroke-width": 2.5, "stroke-linecap": "round" });
  drawing.append(svg("circle", { cx: x(task.difference) + "%", cy: 13, r: 4.5, fill: colour }));
  return drawing;
}

function comparisonTable(comparison) {
  const tasks = Object.entries(comparison.tasks);
  const reach = 1.08 * Math.max(comparison.margin * 1.5, 0.02, ...tasks.flatMap(([, t]) => [Math.abs(t.difference), ...(t.interval || []).map(Math.abs)]));
  const columns = [{ title: "Suite" }, { title: "Verdict" }, { title: "Difference, points", num: true }, { title: "\u2212 worse \u2502 better +" },
    { title: "95 % interval", num: true }, { title: "Only new right", num: true }, { title: "Only old right", num: true }, { title: "n", num: true }, { title: "p", num: true }, { title: "p, Holm", num: true }];
  const rows = tasks.map(([name, t]) => ({ cells: [name, make("span", { class: "chip " + t.verdict, text: t.verdict }), points(t.difference), forest(t, comparison.margin, reach),
    t.interval ? `${points(t.interval[0])} to ${points(t.interval[1])}` : "\u2013", t.paired ? count(t.only_new_correct) : "\u2013", t.paired ? count(t.only_old_correct) : "\u2013",
    t.paired ? count(t.questions) : "not paired", t.p_value === null ? "\u2013" : oneOf(t.p_value), t.p_value_holm === null ? "\u2013" : oneOf(t.p_value_holm)] }));
  const notes = [...tasks.filter(([, t]) => t.note).map(([name, t]) => `${name}: ${t.note}`), ...comparison.warnings];
  return [make("h3", { text: `${comparison.new} (new) against ${comparison.old} (old)` }), table(columns, [{ rows }]),
    notes.length ? make("div", { class: "notice", style: { "margin-top": "14px" } }, make("ul", {}, notes.map((n) => make("li", { text: n })))) : null];
}

function comparisonSection(data) {
  if (!data.comparisons.length) return null;
  const margin = (100 * data.comparisons[0].margin).toFixed(1).replace(/\.0$/, "");
  return section("difference", "Is the difference real?",
    `The same questions, compared one by one. Better or worse: the whole 95 % interval lies on one side of zero. Same: it lies within \u00b1${margin} points. Inconclusive: these questions cannot tell.`,
    ...data.comparisons.map(comparisonTable).flat());
}
