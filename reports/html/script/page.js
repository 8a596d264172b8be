// Puts the sections on the page, and the theme.

function manifestSection(data) {
  const launches = data.runs.flatMap((run, r) => run.launches.map((l) => ({ cells: [named(r, run.label), count(l.launch), l.time, l.device || "\u2013",
    [l.backend, l.path].filter(Boolean).join(", "), count(l.threads), duration(l.wall_seconds), l.status || "killed"] })));
  return section("manifest", "What was run", "Everything that could change a result, as it was recorded before the first sample.",
    launches.length ? table([{ title: "Model" }, { title: "Launch", num: true }, { title: "Started" }, { title: "Device" }, { title: "Back end" }, { title: "Threads", num: true },
      { title: "Wall time", num: true }, { title: "Ended" }], [{ rows: launches }], "Launches") : null,
    data.runs.map((run) => make("details", {}, make("summary", { text: `${run.label}: run.json` }),
      make("div", { class: "inside" }, make("pre", { class: "plain", tabindex: "0", text: JSON.stringify(run.manifest, null, 2) })))));
}

function methodsSection(data) {
  const entry = (name, text) => [make("dt", { text: name }), make("dd", { text })];
  const intervals = [...new Set(data.runs.flatMap((run) => Object.values(run.results.results).map((t) => t.accuracy.interval_method)))].filter(Boolean);
  const tests = [...new Set(data.comparisons.flatMap((c) => Object.values(c.tasks).map((t) => t.method)))].filter(Boolean);
  const solved = [...new Set(data.runs.flatMap((run) => Object.values(run.results.results).map((t) => t.cost.usd_per_solved.method)))].filter(Boolean);
  return section("methods", "How the numbers were made", null, make("dl", { class: "methods" },
    entry("Accuracy", "The mean over questions of the share of their samples that were judged right. An answer cut off by the token limit is no answer and counts as wrong; technical failures are left out and counted beside it."),
    entry("95 % interval", `Wilson's score interval; where questions share a source or were asked several times, on the effective number of questions. Used here: ${intervals.join("; ") || "none"}. SE is the standard error over the population of questions, clustered by source.`),
    data.runs.some((run) => Object.values(run.results.results).some((t) => t.accuracy.stderr_sampling !== null)) ? entry("Asked again", "The error over sampling with the questions fixed: what would change if the same questions were put to the same model anew. The bar is the share \u00b1 1.96 of that error; none where every question was always right or always wrong.") : [],
    data.comparisons.length ? entry("Differences", `Question by question on the questions that both models answered. Used here: ${tests.join("; ")}. p, Holm is corrected for the number of suites.`) : [],
    entry("Device-hours", "Devices times wall time, summed over all launches; a launch that was killed counts up to its last heartbeat. Waiting counts too."),
    entry("Cost per million tokens", "Price of a device-hour \u00d7 device-hours \u00d7 (seconds in prefill \u00f7 seconds in prefill and decode) \u00f7 prompt tokens computed, for input; the same with decode and the tokens written, for output. Prompt tokens served from shared pages cost nothing and are counted apart."),
    entry("Blended price", "All that was spent, divided by prompt tokens computed and tokens written together; the ratio of the two stands beside it, since another ratio has another price."),
    entry("Score at a token limit", "Counted from the records: a reply longer than the limit is cut off and wrong."),
    data.what_if ? entry("Estimates on other cards", "Roofline of every operation and transfer of a step, with each assumption at a slow, a middle and a fast end; `reckon estimate --constants` prints them with their sources.") : [],
    entry("Cost per solved problem", `All that was spent, wrong and truncated answers included, divided by the number of problems solved. Its interval: ${solved.join("; ") || "none, since the price is not known"}.`),
    entry("Share of the limit", "For a kernel bound by memory: bytes per second over what a plain streaming read reached on the same machine; for one bound by arithmetic: operations per second over what a loop of fused multiply-adds reached. What runs from the caches has no such limit and no share.")));
}

function warningsBlock(data) {
  const all = data.runs.flatMap((run) => run.results.warnings.map((w) => `${run.label}: ${w}`));
  return all.length ? make("div", { class: "notice", style: { "margin-top": "20px" } }, make("ul", {}, all.map((w) => make("li", { text: w, class: w.includes("UNSAFE: ") ? "unsafe" : "" })))) : null;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = theme === "dark" ? "Light" : "Dark";
  drawCharts();
}

function startTheme() {
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = asked === "dark" || asked === "light" ? asked : null;
  setTheme(chosen || (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => { if (!chosen) setTheme(system.matches ? "dark" : "light"); });
  document.getElementById("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    setTheme(chosen);
  });
}

// On paper charts have the width of the page, and the light theme. (Text follows the style sheet.)
const kPaperWidth = 700;

function startPrinting() {
  let before = null;
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    setTheme("light");
    fitCharts(kPaperWidth);
  });
  addEventListener("afterprint", () => setTheme(before));
}

async function start() {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  Object.assign(data, JSON.parse(document.getElementById("sample-facts").textContent));
  document.documentElement.dataset.theme = "light";
  append(document.getElementById("headline"), headline(data));
  const main = document.getElementById("main");
  append(main, [make("div", { class: "cards" }, data.runs.map(modelCard)), warningsBlock(data)]);
  append(main, [accuracySection(data), comparisonSection(data), endingsSection(data), costSection(data), publishedSection(data)]);
  const store = await openSamples(data);
  append(main, [lengthsSection(data, store), tokensSection(data), kernelSection(data), whatIfSection(data), await samplesSection(data, store), manifestSection(data), methodsSection(data)]);
  const names = { accuracy: "Accuracy", difference: "Difference", endings: "Endings", cost: "Cost", published: "Published", lengths: "Lengths", tokens: "Time", kernels: "Kernels",
    "what-if": "What if", samples: "Samples", manifest: "Run", methods: "Methods" };
  const nav = document.querySelector(".contents");
  for (const [id, name] of Object.entries(names)) if (document.getElementById(id)) nav.append(make("a", { href: "#" + id, text: name }));
  const first = data.runs[0].results;
  document.getElementById("colophon").textContent = visible(`Made by reckon ${first.reckon_version} (${String(first.git_hash).slice(0, 12)}) from ${data.runs.map((r) => r.directory).join(", ")}. ` +
    `${data.runs.map((r) => `${r.label}: run begun ${r.results.created}`).join("; ")}. Charts: Chart.js, MIT licence. This file needs no network.`);
  startTheme();
  startPrinting();
  document.documentElement.dataset.ready = "yes";
  if (location.hash.startsWith(kSampleLink)) document.getElementById("samples").dispatchEvent(new Event("opened"));
  else if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

start();
