// Builds elements. Text enters as text nodes only: nothing that a model wrote is ever parsed as HTML.

const kSvg = "http://www.w3.org/2000/svg";

// Control characters and those that turn the reading direction, as symbols that can be seen.
function visible(text) {
  return String(text)
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (c) => "\u27e8U+" + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u27e9");
}

// make("td", {class: "num", tone: 0, text: "1"}, child, ...): attributes, a colour variable, text, children.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") element.textContent = visible(value);
    else if (key === "tone") element.style.setProperty("--tone", toneOf(value));
    else if (key === "style") for (const [k, v] of Object.entries(value)) element.style.setProperty(k, v);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : visible(child));
  }
  return element;
}

function svg(name, attributes) {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// The colour of the n-th run: a variable, so that it follows the theme.
function toneOf(index) {
  return typeof index === "number" ? `var(--run-${index % 6})` : index;
}

function cssValue(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

let captions = 0;

function cellOf(cell, column, first, span) {
  const content = cell instanceof Node || cell === null || typeof cell !== "object" ? { child: cell } : cell;
  const classes = [column.num ? "num" : null, content.class].filter(Boolean).join(" ") || null;
  const element = first ? make("th", { scope: "row", class: classes, colspan: span }) : make("td", { class: classes });
  return append(element, [typeof content.child === "string" && first ? nameCell(content.child) : content.child]);
}

// A cell of two lines, the second of them soft.
const twoLines = (first, second) => make("span", {}, first, make("span", { class: "detail", text: second }));

function rowOf(row, columns) {
  return make("tr", { class: row.class }, row.cells.map((cell, i) => cellOf(cell, columns[i], i === 0)));
}

// table([{title, num}], [{name, rows: [{cells, class}]}], caption): a group with a name has it in a row of its own above
// its rows. A cell is text, a node, or {child, class}; the first of each row is its head. Wide tables scroll sideways.
function table(columns, groups, caption) {
  const id = "caption-" + ++captions;
  const head = make("tr", {}, columns.map((c) => make("th", { scope: "col", class: c.num ? "num" : null, text: c.title })));
  const bodies = groups.map((group) => make("tbody", {},
    group.name ? make("tr", { class: "group" }, make("th", { scope: "rowgroup", colspan: columns.length }, nameCell(group.name))) : null,
    group.rows.map((row) => rowOf(row, columns))));
  const scroll = make("div", { class: "scroll" }, make("table", { "aria-labelledby": id }, make("thead", {}, head), bodies));
  scrollers.observe(scroll);
  return make("div", { class: "sheet" }, make("p", { class: "caption", id, text: caption }), scroll);
}

// A table that is wider than its place can be scrolled with the keyboard; one that is not is no stop on its way.
const scrollers = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const stop = target.scrollWidth > target.clientWidth;
    const name = target.firstChild.getAttribute("aria-labelledby");
    for (const [key, value] of Object.entries({ tabindex: "0", role: "region", "aria-labelledby": name })) {
      if (stop) target.setAttribute(key, value); else target.removeAttribute(key);
    }
  }
});

// One row for each suite and run: grouped by suite where there are several runs, one line a suite where there is one.
// `cells(entry, run, task)` gives what follows the name.
function tableBySuite(data, columns, cells, caption, totals) {
  const single = data.runs.length === 1;
  const named_columns = [{ title: single ? "Suite" : "Model" }, ...columns];
  const groups = single ? [{ rows: [] }] : [];
  const addGroup = (name, entryOf, kind) => {
    const rows = [];
    data.runs.forEach((run, r) => {
      const entry = entryOf(run);
      if (entry) rows.push({ class: kind, cells: [single ? name : named(r, run.label), ...cells(entry, run, name)] });
    });
    if (single) groups[0].rows.push(...rows); else groups.push({ name, rows });
  };
  const tasks = taskNames(data);
  for (const task of tasks) addGroup(task, (run) => run.results.results[task], null);
  if (totals && tasks.length > 1) addGroup("All suites", (run) => run.results.total, "total");
  return table(named_columns, groups, caption);
}

// Parts of a whole, {text, tone, amount} each, as one bar.
function shareBar(parts) {
  const all = parts.reduce((sum, part) => sum + part.amount, 0);
  const bar = make("div", { class: "stack", role: "img", "aria-label": parts.map((part) => `${part.text} ${part.shown ?? count(part.amount)}`).join(", ") });
  for (const part of parts) {
    if (part.amount > 0) bar.append(make("i", { tone: part.tone, title: `${part.text}: ${part.shown ?? count(part.amount)}`, style: { width: 100 * part.amount / all + "%" } }));
  }
  return bar;
}

function taskNames(data) {
  const names = [];
  for (const run of data.runs) for (const task of Object.keys(run.results.results)) if (!names.includes(task)) names.push(task);
  return names;
}

function section(id, title, say, ...children) {
  return make("section", { id, "aria-labelledby": id + "-title" },
    make("h2", { id: id + "-title", text: title }), say ? make("p", { class: "say", text: say }) : null, ...children);
}

function swatch(run) {
  return make("span", { class: "swatch", tone: run, "aria-hidden": "true" });
}

// Names stay on one line unless they are very long.
function nameCell(text) {
  return make("span", { class: text.length > 32 ? "name-cell" : "name-cell short", text });
}

function named(run, label) {
  return make("span", { class: label.length > 32 ? "name-cell" : "name-cell short" }, swatch(run), label);
}

function legend(labels, square) {
  return make("ul", { class: square ? "legend square" : "legend" }, labels.map((l) => make("li", { tone: l.tone, text: l.text })));
}
