// The upper half of the page: what came out, how sure that is, and whether the models differ.

// Short names are not broken at their hyphens.
function sentence(text) {
  return text.split(/(\S+-\S+)/).map((part, i) => (i % 2 && part.length <= 24 ? make("span", { class: "unbroken", text: part }) : visible(part)));
}

function headline(data) {
  return [data.name ? make("p", { class: "eyebrow", text: data.name }) : null, make("h1", {}, sentence(data.title)), make("p", { class: "lede" }, sentence(data.details))];
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
    named(r, data.runs.length > 1 ? `${run.label}: ${group.alias}` : group.alias), name.replace(/,none$/, ""), fixed(score.value, 4),
    score.interval_95 ? score.interval_95.map((v) => fixed(v, 4)).join(" to ") : "\u2013", count(score.n), score.stderr === null ? "\u2013" : fixed(score.stderr, 4)] }))));
  if (!rows.length) return null;
  return [make("h3", { text: "Groups" }), table([{ title: "Group" }, { title: "Metric" }, { title: "Value", num: true }, { title: "95 % interval", num: true }, { title: "n", num: true },
    { title: "SE", num: true }], [{ rows }], "A group's figure is the mean over its questions, or over its suites where its file says so.")];
}

function accuracySection(data) {
  const columns = [{ title: "Right", num: true }, { title: "95 % interval", num: true }, { title: "n", num: true }, { title: "SE, points", num: true }];
  const repeated = data.runs.some((run) => Object.values(run.results.results).some((t) => t.accuracy.stderr_sampling !== null));
  if (repeated) columns.push({ title: "SE of sampling, points", num: true }, { title: "asked again, 95 %", num: true });
  columns.push({ title: "Interval by" });
  const cells = (entry) => {
    const score = entry.accuracy;
    const error = (value) => (value === null || value === 0 ? "\u2013" : fixed(100 * value, 2));
    const list = [percent(score.value), range(score.interval_95), count(score.n), error(score.stderr)];
    if (repeated) list.push(error(score.stderr_sampling), range(score.interval_95_sampling));
    return [...list, make("span", { class: "dim", text: score.interval_method })];
  };
  const bars = repeated ? " The wide pale bar is the other error: where the share would come to lie if these same questions were asked again." : "";
  return section("accuracy", "Accuracy",
    "The share of questions answered right. The line through each dot is its 95 % interval: where the true share for questions of this kind may lie." + bars,
    make("div", { class: "card" }, data.runs.length > 1 ? legend(data.runs.map((run, r) => ({ tone: r, text: run.label }))) : null, accuracyChart(data.runs, taskNames(data))),
    tableBySuite(data, columns, cells, "SE: standard error. Answers that were cut off or could not be found count as wrong.", true), groupsTable(data));
}

const kEndings = [
  { key: "right", verdict: "right", text: "right", tone: "var(--good)" },
  { key: "scored", verdict: "scored", text: "scored, neither right nor wrong", tone: "var(--run-0)" },
  { key: "wrong", verdict: "wrong", text: "wrong", tone: "var(--bad)" },
  { key: "no_answer", verdict: "no answer", text: "no answer found", tone: "color-mix(in srgb, var(--bad) 45%, var(--card))" },
  { key: "truncated", verdict: "truncated", text: "cut off", tone: "var(--warn)" },
  { key: "not_decided", verdict: "not decided", text: "not decided", tone: "color-mix(in srgb, var(--warn) 45%, var(--card))" },
  { key: "failed", text: "failed or not graded", tone: "var(--soft)" },
  { key: "missing", text: "missing", tone: "var(--line-strong)" },
];

// Each sample in one of them.
function endingsOf(entry) {
  const s = entry.samples;
  const judged = entry.accuracy.value !== null;
  const lost = s.truncated + s.no_answer + s.not_decided;
  return { right: s.correct, scored: judged ? 0 : s.graded, wrong: judged ? Math.max(0, s.graded - s.correct - lost) : 0, no_answer: judged ? s.no_answer : 0,
    truncated: judged ? s.truncated : 0, not_decided: judged ? s.not_decided : 0, failed: s.failed + s.not_graded, missing: s.missing };
}

function endingsSection(data) {
  const entries = data.runs.flatMap((run) => [...Object.values(run.results.results), run.results.total]);
  const kinds = kEndings.filter((kind) => ["right", "wrong", "truncated", "failed"].includes(kind.key) || entries.some((entry) => endingsOf(entry)[kind.key] > 0));
  const forced = entries.some((entry) => entry.samples.forced_closes > 0);
  const columns = [{ title: "" }, ...kinds.map((kind) => ({ title: kind.text[0].toUpperCase() + kind.text.slice(1), num: true })), { title: "Endless repetition", num: true },
    ...(forced ? [{ title: "Thinking closed at its limit", num: true }] : [])];
  const cells = (entry, run, task) => {
    const parts = endingsOf(entry);
    const number = (kind) => (kind.verdict === undefined || parts[kind.key] === 0 ? count(parts[kind.key])
      : make("a", { href: sampleLink({ run: data.runs.indexOf(run), ...(entry === run.results.total ? {} : { task }), verdict: kind.verdict }), text: count(parts[kind.key]),
        "aria-label": `${count(parts[kind.key])} ${kind.text}: ${visible(run.label)}, ${visible(task)}` }));
    return [shareBar(kinds.map((kind) => ({ ...kind, amount: parts[kind.key] }))), ...kinds.map(number), count(entry.samples.repetition_loops),
      ...(forced ? [count(entry.samples.forced_closes)] : [])];
  };
  return section("endings", "How the answers ended",
    "Every sample that was planned, once. Cut off: the token limit came before the answer, or the thinking never closed. Failed: a technical failure, neither right nor wrong, tried again when the run is resumed.",
    legend(kinds, true), tableBySuite(data, columns, cells, "Samples. Endless repetition: the reply ends in one piece said over and over; these are counted in the other columns too.", true));
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
  // What this test could have shown stands below the suite's name.
  const power = (t) => [t.smallest_difference === null ? null : `could have shown ${fixed(100 * t.smallest_difference, 1)} points`,
    t.questions_needed === null ? null : `${fixed(100 * comparison.margin, 1)} points need ${count(t.questions_needed)} questions`].filter(Boolean).join("; ");
  const rows = tasks.map(([name, t]) => ({ cells: [make("span", {}, nameCell(name), make("span", { class: "detail", text: power(t) })), make("span", { class: "chip " + t.verdict, text: t.verdict }), points(t.difference), forest(t, comparison.margin, reach),
    t.interval ? `${points(t.interval[0])} to ${points(t.interval[1])}` : "\u2013", t.paired ? count(t.only_new_correct) : "\u2013", t.paired ? count(t.only_old_correct) : "\u2013",
    t.paired ? count(t.questions) : "not paired", t.p_value === null ? "\u2013" : oneOf(t.p_value), t.p_value_holm === null ? "\u2013" : oneOf(t.p_value_holm)] }));
  const notes = [...comparison.refusals.map((refusal) => `not compared: ${refusal}`), ...tasks.filter(([, t]) => t.note).map(([name, t]) => `${name}: ${t.note}`), ...comparison.warnings];
  return [make("h3", { text: `${comparison.new} (new) against ${comparison.old} (old)` }), make("p", { class: "fine" }, make("a", { href: sampleLink({ verdict: kDiffers }), text: "Questions that one answered rightly and the other did not, side by side" })), table(columns, [{ rows }], "Could have shown: the smallest difference that this test, with these questions, finds in 80 % of cases."),
    notes.length ? make("div", { class: "notice", style: { "margin-top": "14px" } }, make("ul", {}, notes.map((n) => make("li", { text: n })))) : null];
}

function comparisonSection(data) {
  if (!data.comparisons.length) return null;
  const margin = fixed(100 * data.comparisons[0].margin, 1).replace(/\.0$/, "");
  return section("difference", "Is the difference real?",
    `The same questions, compared one by one. Better or worse: the whole 95 % interval lies on one side of zero. Same: it lies within \u00b1${margin} points. Inconclusive: these questions cannot tell.`,
    ...data.comparisons.map(comparisonTable).flat());
}
