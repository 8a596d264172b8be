// The browser of samples: filters that stay in sight, pages of rows, a row opens to its texts.

const kRowsPerPage = 25;
const kSampleLink = "#samples:";

const sampleLink = (wanted) => kSampleLink + new URLSearchParams(wanted);

function withMarks(text, wanted) {
  const shown = visible(text);
  const needle = visible(wanted).toLowerCase();
  if (!needle) return [shown];
  const lower = shown.toLowerCase();
  const parts = [];
  let at = 0;
  for (let hit = lower.indexOf(needle); hit >= 0 && parts.length < 2000; hit = lower.indexOf(needle, at)) {
    parts.push(document.createTextNode(shown.slice(at, hit)), make("mark", {}, document.createTextNode(shown.slice(hit, hit + needle.length))));
    at = hit + needle.length;
  }
  parts.push(document.createTextNode(shown.slice(at)));
  return parts;
}

// How texts are shown: formulas set or as written. A search looks for what was written, so it shows that.
const reading = { mathematics: true };

function textBlock(title, text, wanted, kind) {
  if (text === undefined || text === null) return [];
  const shown = text === "" ? [make("span", { class: "dim", text: "(empty)" })]
    : reading.mathematics && wanted === "" ? withMathematics(text) : withMarks(text, wanted);
  return [make("h4", { text: title }), make("pre", { class: kind, tabindex: "0" }, shown)];
}

// To a file of the run, where the page knows its way there.
function fileLink(meta, file, text) {
  return meta.files ? make("a", { href: `${meta.files}/${file}`.split("/").map(encodeURIComponent).join("/"), text }) : text;
}

function sampleBody(sample, meta, wanted) {
  const file = `samples/${meta.task}.jsonl`;
  const fact = (name, value, mono) => [make("dt", { text: name }), make("dd", { class: mono ? "value" : null }, value instanceof Node ? value : withMarks(value, wanted))];
  const tokens = `${count(sample.input)} prompt${sample.cached ? ` (${count(sample.cached)} cached)` : ""}, ${count(sample.reasoning)} thinking, ${count(sample.written)} answer`;
  return make("div", {},
    make("dl", { class: "verdict" },
      fact("Verdict", make("span", {}, make("span", { class: "chip " + meta.verdict, text: meta.verdict }), " ", ...withMarks(sample.why || sample.error || "", wanted))),
      fact("Extracted answer", sample.extracted === undefined ? "none found" : sample.extracted, sample.extracted !== undefined),
      sample.rule ? fact("Found by", sample.rule) : [],
      sample.evidence ? fact("Evidence", sample.evidence.replaceAll("_", " ")) : [],
      fact("Right answer", sample.target, true),
      sample.error ? fact("Error", sample.error) : [],
      fact("Tokens", tokens),
      fact("Ended by", `${sample.finish}${sample.seconds > 0 ? `, after ${duration(sample.seconds)}` : ""}`),
      sample.cluster ? fact("Source", sample.cluster) : [],
      fact("Link", make("a", { href: sampleLink({ run: meta.run, task: meta.task, doc: meta.doc, repeat: meta.repeat }), text: `${meta.task} #${meta.doc}${meta.repeat ? "." + meta.repeat : ""}` })),
      fact("Record", make("span", {}, fileLink(meta, file, `${meta.directory}/${file}`), `, line ${sample.line}; launch ${sample.launch}, seed ${sample.seed}`))),
    sample.cut ? make("p", { class: "notice" }, `Long texts were cut in the middle to keep this file small. The whole record is line ${sample.line} of `, fileLink(meta, file, file), ".") : null,
    make("div", { class: "text" }, textBlock("Prompt", sample.prompt, wanted), textBlock("Thinking", sample.thinking, wanted, "think"),
      textBlock("Answer", sample.answer, wanted), textBlock("Everything the model wrote", sample.response, wanted)));
}

// The prompt once, then what each model made of it, in columns.
function sideBySide(samples, metas, runs, wanted) {
  return make("div", {}, make("div", { class: "text" }, textBlock("Prompt", samples[0].prompt, wanted)),
    make("div", { class: "columns" }, samples.map((sample, k) => make("div", { class: "text", tone: metas[k].run },
      make("p", { class: "who" }, named(metas[k].run, runs[metas[k].run].label), " ", make("span", { class: "chip " + metas[k].verdict, text: metas[k].verdict })),
      make("p", { class: "fine", text: `${sample.extracted === undefined ? "no answer found" : sample.extracted} \u00b7 ${count(sample.reasoning)} thinking, ${count(sample.written)} answer tokens` }),
      textBlock("Thinking", sample.thinking, wanted, "think"), textBlock("Answer", sample.answer, wanted)))));
}

class SampleList {
  constructor(data, store) {
    this.data = data;
    this.store = store;
    this.filter = { run: "", task: "", verdict: "", text: "", doc: "", repeat: "" };
    this.controls = {};
    this.page = 0;
    this.found = [];
    this.search = 0;
    this.status = make("span", { role: "status" });
    this.pagers = [this.makePager(), this.makePager()];
    this.list = make("div", { class: "list" });
  }

  element() {
    const select = (name, label, options) => {
      this.controls[name] = make("select", { onchange: (e) => this.change(name, e.target.value) }, options.map(([value, text]) => make("option", { value, text })));
      return make("label", { text: label }, this.controls[name]);
    };
    const input = this.controls.text = make("input", { type: "search", placeholder: "in prompts, thinking and answers", autocomplete: "off", spellcheck: "false" });
    let timer = 0;
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => this.change("text", input.value), 160); });
    const verdicts = ["right", "wrong", "no answer", "truncated", "not decided", "scored", "failed", "not graded"].filter((v) => this.store.index.verdict.includes(v)).map((v) => [v, v]);
    if (this.data.runs.length > 1) verdicts.push([kDiffers, "models differ"]);
    const filters = make("div", { class: "filters", role: "search" },
      select("run", "Model", [["", "all models"], ...this.data.runs.map((run, r) => [String(r), visible(run.label)])]),
      select("task", "Suite", [["", "all suites"], ...taskNames(this.data).map((t) => [t, visible(t)])]),
      select("verdict", "Verdict", [["", "all verdicts"], ...verdicts]),
      make("label", { class: "wide", text: "Text" }, input));
    const mathematics = make("input", { type: "checkbox", checked: true });
    mathematics.addEventListener("change", () => { reading.mathematics = mathematics.checked; this.show(); });
    this.one = make("button", { type: "button", class: "quiet", text: "Show all again", hidden: true, onclick: () => this.ask({}) });
    this.top = make("div", { class: "found" }, this.status, this.one, make("label", { class: "switch" }, mathematics, " formulas set"), this.pagers[0].element);
    return make("div", {}, filters, this.top, this.list, make("div", { class: "found" }, make("span"), this.pagers[1].element));
  }

  makePager() {
    const step = (by) => () => { this.page += by; this.show(); this.top.scrollIntoView({ block: "nearest" }); };
    const back = make("button", { type: "button", text: "\u2190 Back", onclick: step(-1) });
    const next = make("button", { type: "button", text: "Next \u2192", onclick: step(1) });
    const label = make("span");
    return { back, next, label, element: make("div", { class: "pager" }, back, label, next) };
  }

  async change(name, value) {
    await this.ask({ ...this.filter, doc: "", repeat: "", [name]: value });
  }

  // Filters that are not named are off.
  async ask(wanted) {
    for (const name of Object.keys(this.filter)) {
      this.filter[name] = wanted[name] ?? "";
      if (this.controls[name] && this.controls[name].value !== this.filter[name]) this.controls[name].value = this.filter[name];
    }
    this.one.hidden = this.filter.doc === "";
    this.page = 0;
    await this.refresh();
  }

  // "#samples:run=0&task=math&verdict=wrong", or "doc=3&repeat=0" for one question, which then stands open.
  async follow(hash) {
    if (!hash.startsWith(kSampleLink)) return;
    await this.ask(Object.fromEntries(new URLSearchParams(hash.slice(kSampleLink.length))));
    document.getElementById("samples").scrollIntoView();
    if (this.filter.doc !== "") this.list.querySelector("button")?.click();
  }

  async refresh() {
    const ticket = ++this.search;
    const found = await this.store.find(this.filter, () => ticket !== this.search);
    if (found === null || ticket !== this.search) return;
    this.found = found;
    this.show();
  }

  show() {
    const pages = Math.max(1, Math.ceil(this.found.length / kRowsPerPage));
    this.page = Math.max(0, Math.min(this.page, pages - 1));
    this.status.textContent = `${count(this.found.length)} of ${count(this.store.size)} samples`;
    for (const pager of this.pagers) {
      pager.back.disabled = this.page === 0;
      pager.next.disabled = this.page >= pages - 1;
      pager.label.textContent = `${this.page + 1} / ${count(pages)}`;
    }
    const rows = this.found.slice(this.page * kRowsPerPage, (this.page + 1) * kRowsPerPage).map((i) => this.row(i));
    this.list.replaceChildren(...(rows.length ? rows : [make("div", { class: "empty", text: "No sample fits these filters." })]));
  }

  meta(i) {
    const index = this.store.index;
    const run = index.run[i];
    return { run, task: index.task[i], doc: index.doc[i], repeat: index.repeat[i], verdict: index.verdict[i], directory: this.data.runs[run].directory, files: this.data.runs[run].files };
  }

  row(i) {
    const index = this.store.index;
    const meta = this.meta(i);
    const given = index.extracted[i];
    const gist = given === null ? `no answer; right: ${index.target[i]}` : meta.verdict === "right" ? given : `${given} \u2260 ${index.target[i]}`;
    const body = make("div", { class: "body", hidden: true, id: "sample-body-" + i });
    const button = make("button", { type: "button", "aria-expanded": "false", "aria-controls": body.id },
      make("span", {}, make("span", { class: "chip " + meta.verdict, text: meta.verdict })),
      make("span", { class: "id" }, swatch(meta.run), `${meta.task} #${meta.doc}${this.store.repeated ? "." + meta.repeat : ""}`),
      make("span", { class: "gist", text: gist }),
      make("span", { class: "cost", text: count(index.tokens[i]) + " tokens" }));
    button.addEventListener("click", async () => {
      const open = body.hidden;
      if (open) await this.fill(body, i);
      body.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    });
    return make("div", { class: "sample" }, button, body);
  }

  async fill(body, i) {
    const siblings = this.store.siblings(i);
    const samples = await Promise.all(siblings.map((s) => this.store.sample(s)));
    const shown = make("div");
    const pressed = (button) => tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab === button)));
    const choose = (k) => {
      shown.replaceChildren(sampleBody(samples[k], this.meta(siblings[k]), this.filter.text));
      pressed(tabs[k]);
    };
    const beside = (button) => {
      shown.replaceChildren(sideBySide(samples, siblings.map((s) => this.meta(s)), this.data.runs, this.filter.text));
      pressed(button);
    };
    const tabs = siblings.map((s, k) => {
      const meta = this.meta(s);
      return make("button", { type: "button", tone: meta.run, onclick: () => choose(k) }, named(meta.run, this.data.runs[meta.run].label),
        make("span", { class: "chip " + meta.verdict, text: meta.verdict }));
    });
    if (siblings.length > 1) {
      const all = make("button", { type: "button", class: "beside", tone: "var(--accent)", text: "Side by side", onclick: () => beside(all) });
      tabs.push(all);
    }
    body.replaceChildren(siblings.length > 1 ? make("div", { class: "tabs", role: "group", "aria-label": "The same question, each model" }, tabs) : "", shown);
    choose(siblings.indexOf(i));
  }
}

async function samplesSection(data, store) {
  const holder = section("samples", "Samples", "Every question with what the model wrote, what was taken as its answer, and why it was judged so.");
  if (data.samples === 0) return append(holder, [make("p", { class: "notice", text: "No sample has been recorded yet." })]);
  if (store === null) {
    return append(holder, [make("p", { class: "notice", text: "This browser cannot unpack the samples (it lacks DecompressionStream). They stand in the run directories under samples/, one JSON line each." })]);
  }
  const list = new SampleList(data, store);
  if (data.samples_cut > 0) {
    append(holder, [make("p", { class: "fine", text: `To keep this file small, texts longer than ${count(data.text_budget)} bytes were cut in the middle in ${count(data.samples_cut)} of ${count(data.samples)} samples; each says where the whole record stands.` })]);
  }
  append(holder, [list.element()]);
  await list.refresh();
  addEventListener("hashchange", () => list.follow(location.hash));
  holder.addEventListener("opened", () => list.follow(location.hash));
  return holder;
}
