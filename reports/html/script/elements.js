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

// table([{title, num, dim}], rows): a cell is text, a node, or {text, ...attributes}; the first cell is the row's head.
function table(columns, rows, caption) {
  const head = make("tr", {}, columns.map((c) => make("th", { scope: "col", class: c.num ? "num" : null, text: c.title })));
  const body = rows.map((row) => make("tr", { class: row.class },
    row.cells.map((cell, i) => {
      const content = cell instanceof Node || cell === null || typeof cell !== "object" ? { child: cell } : cell;
      const kind = columns[i].num ? "num" : null;
      const element = i === 0 ? make("th", { scope: "row" }) : make("td", { class: [kind, content.class].filter(Boolean).join(" ") || null });
      return append(element, [content.child]);
    })));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption || "Table" },
    make("table", {}, caption ? make("caption", { text: caption }) : null, make("thead", {}, head), make("tbody", {}, body)));
}

function section(id, title, say, ...children) {
  return make("section", { id, "aria-labelledby": id + "-title" },
    make("h2", { id: id + "-title", text: title }), say ? make("p", { class: "say", text: say }) : null, ...children);
}

function swatch(run) {
  return make("span", { class: "swatch", tone: run, "aria-hidden": "true" });
}

function named(run, label) {
  return make("span", {}, swatch(run), label);
}

function legend(labels, square) {
  return make("ul", { class: square ? "legend square" : "legend" }, labels.map((l) => make("li", { tone: l.tone, text: l.text })));
}
