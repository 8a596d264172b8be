// Tokens, time, cost, kernels.

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
  const bar = make("div", { class: "stack", role: "img", "aria-label": kTokenKinds.map((k) => `${k.text} ${count(parts[k.key])}`).join(", ") });
  for (const kind of kTokenKinds) {
    bar.append(make("i", { tone: kind.tone, style: { width: (most > 0 ? 100 * parts[kind.key] / most : 0) + "%" } }));
  }
  return bar;
}

function tokensSection(data) {
  const most = Math.max(1, ...data.runs.flatMap((run) => Object.values(run.results.results).map((t) => t.usage.input_tokens + t.usage.output_tokens)));
  const columns = [{ title: "" }, { title: "Prompt", num: true }, { title: "of these cached", num: true }, { title: "Thinking", num: true },
    { title: "Answer", num: true }, { title: "Written per sample", num: true }];
  const cells = (entry) => {
    const parts = tokenParts(entry.usage);
    return [tokenBar(entry.usage, most), count(entry.usage.input_tokens), count(parts.cached), count(parts.reasoning), count(parts.answer),
      entry.samples.recorded ? count(Math.round(entry.usage.output_tokens / entry.samples.recorded)) : "\u2013"];
  };
  const speed = data.runs.map((run, r) => {
    const total = run.results.total;
    const e = total.engine;
    return { cells: [named(r, run.label), e ? rate(e.prefill_tokens, e.prefill_seconds) : kNotKnown, e ? rate(e.decode_tokens, e.decode_seconds) : kNotKnown,
      total.wall_seconds > 0 ? rate(total.usage.output_tokens, total.wall_seconds) : kNotKnown, total.wall_seconds > 0 ? duration(total.wall_seconds) : kNotKnown,
      e ? duration(e.prefill_seconds) : kNotKnown, e ? duration(e.decode_seconds) : kNotKnown, e ? count(e.preemptions) : "\u2013"] };
  });
  const speedColumns = [{ title: "Model" }, { title: "Prefill, tokens/s", num: true }, { title: "Decode, tokens/s", num: true }, { title: "Tokens written per second of wall time", num: true },
    { title: "Wall time", num: true }, { title: "in prefill", num: true }, { title: "in decode", num: true }, { title: "Preemptions", num: true }];
  const devices = data.runs.flatMap((run, r) => run.results.total.devices.map((d) => ({ cells: [named(r, run.label), d.name, d.backend, significant(d.device_hours),
    duration(d.wall_seconds), count(d.launches), d.killed_launches ? `${count(d.killed_launches)}, counted to the last heartbeat` : "0"] })));
  const deviceColumns = [{ title: "Model" }, { title: "Device" }, { title: "Back end" }, { title: "Device-hours", num: true }, { title: "Wall time", num: true }, { title: "Launches", num: true }, { title: "Killed", num: true }];
  return section("tokens", "Tokens and time", "What the models read and wrote, and how long the devices were held for it.",
    legend(kTokenKinds, true), tableBySuite(data, columns, cells, "Tokens"), table(speedColumns, [{ rows: speed }], "Speed, as the engine measured it over the whole run"),
    devices.length ? table(deviceColumns, [{ rows: devices }], "Device-hours by named device") : make("p", { class: "notice", text: "No launch is on record: time and device-hours are not known." }));
}

function costSection(data) {
  const rows = data.runs.map((run, r) => {
    const c = run.results.total.cost;
    return { cells: [named(r, run.label), price(c.usd_per_device_hour), spent(c.total_usd), dollars(c.usd_per_million_input_tokens), dollars(c.usd_per_million_output_tokens),
      dollars(c.usd_per_sample), dollarsPerSolved(c.usd_per_solved), c.solved_per_device_hour === null ? kNotKnown : count(Math.round(c.solved_per_device_hour))] };
  });
  const columns = [{ title: "Model" }, { title: "$ per device-hour", num: true }, { title: "Whole run", num: true }, { title: "per M input tokens", num: true }, { title: "per M output tokens", num: true },
    { title: "per sample", num: true }, { title: "per solved problem (95 %)", num: true }, { title: "Solved per device-hour", num: true }];
  const taskColumns = [{ title: "Device-hours", num: true }, { title: "Cost", num: true }, { title: "per sample", num: true }, { title: "per solved problem (95 %)", num: true }];
  const taskCells = (entry) => [significant(entry.cost.device_hours), spent(entry.cost.total_usd), dollars(entry.cost.usd_per_sample), dollarsPerSolved(entry.cost.usd_per_solved)];
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

function limitBar(share) {
  return make("div", { class: "meter", "aria-hidden": "true" }, make("i", { style: { width: Math.min(100, 100 * share) + "%" } }));
}

const ofLimit = (share) => (share === null ? "\u2013" : (100 * share).toFixed(share < 0.1 ? 1 : 0) + "\u202f%");

function kernelRow(k, name, detail) {
  return { cells: [make("span", {}, name, make("span", { class: "detail", text: detail })), duration(k.seconds),
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
    kernels.int8_gop_per_s !== null ? `${significant(kernels.int8_gop_per_s)} Gop/s in int8` : null].filter(Boolean).join(", ");
  const caption = `${kernels.device || "This machine"}, measured in the same run: ${limits || "limits not measured"}`;
  const short = kernelSummary(kernels.rows);
  if (short.length === kernels.rows.length) return [table(kKernelColumns, [{ rows: short }], caption)];
  return [table(kKernelColumns, [{ rows: short }], caption),
    make("details", {}, make("summary", { text: `All ${kernels.rows.length} kernels and shapes` }),
      make("div", { class: "inside" }, table(kKernelColumns, [{ rows: kernels.rows.map((k) => kernelRow(k, k.name, k.shape)) }])))];
}

function kernelSection(data) {
  const shown = data.runs.filter((run) => run.kernels && run.kernels.rows.length);
  if (!shown.length) return null;
  return section("kernels", "Kernels", "How fast the arithmetic ran at each model's shapes, beside what the same machine can do at most.",
    ...shown.flatMap((run) => [data.runs.length > 1 ? make("h3", { text: run.label }) : null, ...kernelTables(run)]));
}
