// Tokens, time, cost.

const kTokenKinds = [
  { key: "computed", text: "prompt", tone: "var(--run-0)" },
  { key: "cached", text: "prompt, cached", tone: "color-mix(in srgb, var(--run-0) 45%, var(--card))" },
  { key: "reasoning", text: "thinking", tone: "var(--run-1)" },
  { key: "answer", text: "answer", tone: "color-mix(in srgb, var(--run-1) 50%, var(--card))" },
];

function tokenParts(usage) {
  return { computed: usage.input_tokens - usage.cached_input_tokens, cached: usage.cached_input_tokens,
    reasoning: usage.reasoning_tokens, answer: Math.max(0, usage.output_tokens - usage.reasoning_tokens) };
}

function tokenBar(usage, most) {
  const parts = tokenParts(usage);
  const bar = shareBar(kTokenKinds.map((kind) => ({ ...kind, amount: parts[kind.key] })));
  const all = usage.input_tokens + parts.reasoning + parts.answer;
  return make("div", { class: "room" }, make("div", { style: { width: (most > 0 ? 100 * all / most : 0) + "%" } }, bar));
}

const kPhases = [
  { key: "load_seconds", text: "loading", tone: "var(--run-4)" },
  { key: "prefill_seconds", text: "prefill", tone: "var(--run-0)" },
  { key: "decode_seconds", text: "decode", tone: "var(--run-1)" },
  { key: "other_seconds", text: "sampling and scheduling", tone: "var(--run-3)" },
  { key: "grading_seconds", text: "only grading", tone: "var(--run-2)" },
  { key: "idle_seconds", text: "idle", tone: "var(--line-strong)" },
];

function timeTable(data) {
  if (!data.runs.some((run) => run.results.total.phases !== null)) return null;
  const rows = data.runs.map((run, r) => {
    const { phases, wall_seconds } = run.results.total;
    if (phases === null) return { cells: [named(r, run.label), "", kNotKnown, ...kPhases.map(() => kNotKnown)] };
    const part = (kind) => (phases[kind.key] === null ? (kind.key === "load_seconds" ? kNotKnown : "in idle") : `${duration(phases[kind.key])}`);
    return { cells: [named(r, run.label), shareBar(kPhases.map((kind) => ({ ...kind, amount: phases[kind.key] || 0, shown: part(kind) }))), duration(wall_seconds), ...kPhases.map(part)] };
  });
  const columns = [{ title: "Model" }, { title: "" }, { title: "Wall time", num: true }, ...kPhases.map((kind) => ({ title: kind.text[0].toUpperCase() + kind.text.slice(1), num: true }))];
  return make("div", { class: "block" }, make("h3", { text: "Where the time went" }), legend(kPhases, true),
    table(columns, [{ rows }], "Wall time of all launches. Only grading: the model waited for verdicts; answers that were judged while it worked cost no time. Idle: nothing was asked of the device."));
}

const kMeters = [
  { key: "energy_joules", text: "Energy of the processors (RAPL)" },
  { key: "device_energy_joules", text: "Energy of the GPUs (NVML)" },
];

function tokensSection(data) {
  const most = Math.max(1, ...data.runs.flatMap((run) => Object.values(run.results.results).map((t) => t.usage.input_tokens + t.usage.output_tokens)));
  const columns = [{ title: "" }, { title: "Prompt", num: true }, { title: "of these cached", num: true }, { title: "Thinking", num: true },
    { title: "Answer", num: true }, { title: "Written per sample", num: true }];
  const cells = (entry) => {
    const parts = tokenParts(entry.usage);
    return [tokenBar(entry.usage, most), count(entry.usage.input_tokens), count(parts.cached), count(parts.reasoning), count(parts.answer),
      entry.samples.recorded ? count(Math.round(entry.usage.output_tokens / entry.samples.recorded)) : "\u2013"];
  };
  const meters = kMeters.filter((meter) => data.runs.some((run) => run.results.total[meter.key] !== null));
  const energy = (joules) => (joules === null ? kNotKnown : significant(joules / 3600) + "\u202fWh");
  const speed = data.runs.map((run, r) => {
    const total = run.results.total;
    const e = total.engine;
    return { cells: [named(r, run.label), e ? rate(e.prefill_tokens, e.prefill_seconds) : kNotKnown, e ? rate(e.decode_tokens, e.decode_seconds) : kNotKnown,
      total.wall_seconds > 0 ? rate(total.usage.output_tokens, total.wall_seconds) : kNotKnown, e ? count(e.preemptions) : "\u2013", ...meters.map((meter) => energy(total[meter.key]))] };
  });
  const speedColumns = [{ title: "Model" }, { title: "Prefill, tokens/s", num: true }, { title: "Decode, tokens/s", num: true }, { title: "Tokens written per second of wall time", num: true },
    { title: "Preemptions", num: true }, ...meters.map((meter) => ({ title: meter.text, num: true }))];
  const devices = data.runs.flatMap((run, r) => run.results.total.devices.map((d) => ({ cells: [named(r, run.label), d.name, d.backend, significant(d.device_hours),
    duration(d.wall_seconds), count(d.launches), d.killed_launches ? `${count(d.killed_launches)}, counted to the last heartbeat` : "0"] })));
  const deviceColumns = [{ title: "Model" }, { title: "Device" }, { title: "Back end" }, { title: "Device-hours", num: true }, { title: "Wall time", num: true }, { title: "Launches", num: true }, { title: "Killed", num: true }];
  return section("tokens", "Tokens and time", "What the models read and wrote, and how long the devices were held for it.",
    legend(kTokenKinds, true), tableBySuite(data, columns, cells, "Tokens"), table(speedColumns, [{ rows: speed }], "Speed, as the engine measured it over the whole run"),
    timeTable(data), devices.length ? table(deviceColumns, [{ rows: devices }], "Device-hours by named device") : make("p", { class: "notice", text: "No launch is on record: time and device-hours are not known." }));
}

// One price for a token of either kind, in the ratio that the run had them.
function blended(cost) {
  if (cost.usd_per_million_blended_tokens === null || cost.blended_input_per_output === null) return kNotKnown;
  return twoLines(dollars(cost.usd_per_million_blended_tokens), `${significant(cost.blended_input_per_output, 2)} : 1`);
}

function solvedCell(solved) {
  return solved.usd === null || solved.low === null ? dollarsPerSolved(solved) : twoLines(dollars(solved.usd), costInterval(solved));
}

function costSection(data) {
  const rows = data.runs.map((run, r) => {
    const c = run.results.total.cost;
    return { cells: [named(r, run.label), spent(c.total_usd), dollars(c.usd_per_million_input_tokens), dollars(c.usd_per_million_output_tokens), blended(c),
      dollars(c.usd_per_sample), solvedCell(c.usd_per_solved), c.solved_per_device_hour === null ? kNotKnown : count(Math.round(c.solved_per_device_hour))] };
  });
  const columns = [{ title: "Model" }, { title: "Whole run", num: true }, { title: "per M input tokens", num: true }, { title: "per M output tokens", num: true },
    { title: "per M tokens, blended (in\u202f:\u202fout)", num: true }, { title: "per sample", num: true }, { title: "per solved problem (95 %)", num: true }, { title: "Solved per device-hour", num: true }];
  const taskColumns = [{ title: "Device-hours", num: true }, { title: "Cost", num: true }, { title: "per sample", num: true }, { title: "per solved problem (95 %)", num: true }];
  const taskCells = (entry) => [significant(entry.cost.device_hours), spent(entry.cost.total_usd), dollars(entry.cost.usd_per_sample), solvedCell(entry.cost.usd_per_solved)];
  const sources = data.runs.map((run) => {
    const c = run.results.total.cost;
    if (c.token_price !== null) {
      return make("p", { class: "fine", text: `${run.label}: charged by tokens, ${dollars(c.token_price.usd_per_million_input)} per million input and ${dollars(c.token_price.usd_per_million_output)} per million output; source: ${c.price_source}.` });
    }
    return make("p", { class: "fine", text: c.usd_per_device_hour === null
      ? `${run.label}: the price of a device-hour is not known${c.price_source ? " (" + c.price_source + ")" : ""}. Give it with --price-per-hour, and every figure above follows.`
      : `${run.label}: ${price(c.usd_per_device_hour)} per device-hour; source: ${c.price_source}.` });
  });
  const picture = costChart(data.runs);
  return section("cost", "Cost", "Wrong and truncated answers are paid for too: a solved problem costs all that was spent, divided by what was solved.",
    picture ? make("div", { class: "card" }, picture) : null, table(columns, [{ rows }], "Whole runs"), tableBySuite(data, taskColumns, taskCells, "By suite: the time of the devices shared out by the tokens of each"),
    make("div", { style: { "margin-top": "14px" } }, sources));
}
