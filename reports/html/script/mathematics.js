// LaTeX as models write it, as MathML that the browser sets with its own fonts. Elements are built one by one: nothing
// is parsed as HTML. What is not understood stays as it was written.

const kMathNamespace = "http://www.w3.org/1998/Math/MathML";
const kLongestFormula = 4000;
const kDeepestFormula = 40;

const kMathSymbols = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ϵ", varepsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", vartheta: "ϑ", iota: "ι",
  kappa: "κ", lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", upsilon: "υ", phi: "ϕ", varphi: "φ", chi: "χ",
  psi: "ψ", omega: "ω", Gamma: "Γ", Delta: "Δ", Theta: "Θ", Lambda: "Λ", Xi: "Ξ", Pi: "Π", Sigma: "Σ", Upsilon: "Υ", Phi: "Φ", Psi: "Ψ", Omega: "Ω",
  infty: "∞", ell: "ℓ", hbar: "ℏ", partial: "∂", nabla: "∇", emptyset: "∅", varnothing: "∅", degree: "°", circ: "∘", prime: "′",
  ldots: "…", dots: "…", dotsc: "…", dotsb: "⋯", dotsm: "⋯", cdots: "⋯", vdots: "⋮", ddots: "⋱", angle: "∠", triangle: "△", square: "□", Re: "ℜ", Im: "ℑ", aleph: "ℵ",
};
const kMathOperators = {
  cdot: "⋅", times: "×", div: "÷", pm: "±", mp: "∓", le: "≤", leq: "≤", ge: "≥", geq: "≥", ne: "≠", neq: "≠", approx: "≈", equiv: "≡", sim: "∼",
  cong: "≅", propto: "∝", ll: "≪", gg: "≫", in: "∈", notin: "∉", ni: "∋", subset: "⊂", subseteq: "⊆", supset: "⊃", supseteq: "⊇", cup: "∪", cap: "∩",
  setminus: "∖", to: "→", rightarrow: "→", leftarrow: "←", Rightarrow: "⇒", Leftarrow: "⇐", implies: "⟹", iff: "⟺", leftrightarrow: "↔",
  Leftrightarrow: "⇔", mapsto: "↦", longrightarrow: "⟶", Longrightarrow: "⟹", forall: "∀", exists: "∃", neg: "¬", lnot: "¬", land: "∧", wedge: "∧", lor: "∨", vee: "∨",
  oplus: "⊕", otimes: "⊗", perp: "⊥", parallel: "∥", mid: "∣", nmid: "∤", ast: "∗", star: "⋆", bullet: "•", colon: ":", langle: "⟨", rangle: "⟩",
  lfloor: "⌊", rfloor: "⌋", lceil: "⌈", rceil: "⌉", lbrace: "{", rbrace: "}", lvert: "|", rvert: "|", vert: "|", Vert: "‖", "|": "‖", "{": "{", "}": "}",
  "%": "%", $: "$", "#": "#", "&": "&", _: "_", backslash: "∖", therefore: "∴", because: "∵", uparrow: "↑", downarrow: "↓",
};
const kMathLarge = { sum: "∑", prod: "∏", coprod: "∐", bigcup: "⋃", bigcap: "⋂" };
const kMathIntegrals = { int: "∫", iint: "∬", iiint: "∭", oint: "∮" };
const kMathFunctions = ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln", "lg", "exp", "lim", "limsup",
  "liminf", "max", "min", "sup", "inf", "gcd", "lcm", "det", "dim", "ker", "deg", "arg", "Pr", "bmod", "mod"];
const kMathSpaces = { ",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.28em", quad: "1em", qquad: "2em", "!": "0", "~": "0.28em" };
const kMathAccents = { bar: "¯", overline: "¯", hat: "^", widehat: "^", vec: "→", overrightarrow: "→", tilde: "~", dot: "˙", ddot: "¨" };
const kMathSilent = ["displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "left.", "right.", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl",
  "Bigr", "biggl", "biggr", "phantom"];
const kMathText = ["text", "textbf", "textit", "textrm", "mbox", "mathrm", "operatorname", "textnormal"];
const kMathStyled = ["mathbf", "mathit", "mathsf", "mathcal", "boldsymbol", "bm", "bold"];
const kMathDouble = { R: "ℝ", N: "ℕ", Z: "ℤ", Q: "ℚ", C: "ℂ", P: "ℙ" };
const kMathFences = { pmatrix: ["(", ")"], bmatrix: ["[", "]"], Bmatrix: ["{", "}"], vmatrix: ["|", "|"], Vmatrix: ["‖", "‖"], matrix: ["", ""], smallmatrix: ["", ""],
  cases: ["{", ""], array: ["", ""], aligned: ["", ""], align: ["", ""], "align*": ["", ""], gathered: ["", ""], split: ["", ""] };

function mathNode(name, attributes, ...children) {
  const element = document.createElementNS(kMathNamespace, name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children.flat());
  return element;
}

const mathRow = (nodes) => (nodes.length === 1 ? nodes[0] : mathNode("mrow", null, nodes));

class NotMathematics extends Error {}

// One formula; throws NotMathematics where it meets what it does not know.
class FormulaReader {
  constructor(source) {
    this.tokens = source.match(/\\(?:[A-Za-z]+\*?|[^A-Za-z])|[0-9]+(?:[.,][0-9]+)*|\s+|[^]/gu) || [];
    this.at = 0;
    this.depth = 0;
  }

  peek() {
    while (this.at < this.tokens.length && /^\s/.test(this.tokens[this.at])) ++this.at;
    return this.tokens[this.at];
  }

  take(wanted) {
    const token = this.peek();
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new NotMathematics();
    ++this.at;
    return token;
  }

  whole() {
    const nodes = this.row(() => false);
    if (this.peek() !== undefined) throw new NotMathematics();
    return nodes;
  }

  // Nodes up to the token that `ends` tells, which is not taken.
  row(ends) {
    if (++this.depth > kDeepestFormula) throw new NotMathematics();
    const nodes = [];
    for (let token = this.peek(); token !== undefined && !ends(token); token = this.peek()) {
      if (token === "}" || token === "\\right" || token === "&" || token === "\\\\" || token === "\\end") break;
      const node = this.scripted();
      if (node !== null) nodes.push(node);
    }
    --this.depth;
    return nodes;
  }

  group() {
    this.take("{");
    const nodes = this.row((token) => token === "}");
    this.take("}");
    return mathRow(nodes.length === 0 ? [mathNode("mrow")] : nodes);
  }

  // What a command takes: a group, or the next single thing.
  argument() {
    const token = this.peek();
    if (token === "{") return this.group();
    if (token !== undefined && /^[0-9]/.test(token) && token.length > 1) {  // \frac12 is one over two
      this.tokens.splice(this.at, 1, ...token);
      return this.argument();
    }
    const node = this.single();
    if (node === null) throw new NotMathematics();
    return node;
  }

  raw() {
    this.take("{");
    let text = "";
    for (let open = 1; ; ++this.at) {
      const token = this.tokens[this.at];
      if (token === undefined) throw new NotMathematics();
      if (token === "{") ++open;
      if (token === "}" && --open === 0) break;
      text += token;
    }
    ++this.at;
    return text;
  }

  scripted() {
    let base = this.single();
    let below = null;
    let above = null;
    for (let token = this.peek(); token === "_" || token === "^" || token === "'"; token = this.peek()) {
      this.take();
      if (token === "'") above = mathRow([...(above ? [above] : []), mathNode("mo", null, "′")]);
      else if (token === "_") below = this.argument();
      else above = mathRow([...(above ? [above] : []), this.argument()]);
    }
    if (below === null && above === null) return base;
    base = base || mathNode("mrow");
    const over = base.dataset.large === "yes";
    if (below !== null && above !== null) return mathNode(over ? "munderover" : "msubsup", null, base, below, above);
    if (below !== null) return mathNode(over ? "munder" : "msub", null, base, below);
    return mathNode(over ? "mover" : "msup", null, base, above);
  }

  single() {
    const token = this.take();
    if (token === "{") { --this.at; return this.group(); }
    if (/^[0-9]/.test(token)) return mathNode("mn", null, token);
    if (token.startsWith("\\") && token.length > 1) return this.command(token.slice(1));
    if (/^\p{L}$/u.test(token)) return mathNode("mi", null, token);
    if (token === "_" || token === "^") { --this.at; return mathNode("mrow"); }
    if (token === "-") return mathNode("mo", null, "−");
    if (token === "$" || token === "#" || token === "\\") throw new NotMathematics();
    return mathNode("mo", /^[()[\]|]$/.test(token) ? { stretchy: "false" } : null, visible(token));
  }

  delimiter() {
    const token = this.take();
    const name = token.startsWith("\\") ? token.slice(1) : token;
    if (name === ".") return "";
    if (kMathOperators[name] !== undefined) return kMathOperators[name];
    if (token.length === 1) return token;
    throw new NotMathematics();
  }

  command(name) {
    if (kMathSymbols[name] !== undefined) return mathNode("mi", { mathvariant: "normal" }, kMathSymbols[name]);
    if (kMathOperators[name] !== undefined) return mathNode("mo", { stretchy: "false" }, kMathOperators[name]);
    if (kMathSpaces[name] !== undefined) return mathNode("mspace", { width: kMathSpaces[name] });
    if (kMathLarge[name] !== undefined) return this.large(mathNode("mo", { largeop: "true" }, kMathLarge[name]));
    if (kMathIntegrals[name] !== undefined) return mathNode("mo", { largeop: "true" }, kMathIntegrals[name]);
    if (kMathFunctions.includes(name)) return this.large(mathNode("mi", { mathvariant: "normal" }, name), ["lim", "max", "min", "sup", "inf", "limsup", "liminf"].includes(name));
    if (kMathAccents[name] !== undefined) return mathNode("mover", { accent: "true" }, this.argument(), mathNode("mo", null, kMathAccents[name]));
    if (kMathText.includes(name)) return mathNode("mtext", null, visible(this.raw()));
    if (kMathStyled.includes(name)) return this.argument();
    if (kMathSilent.includes(name)) return null;
    switch (name) {
      case "frac": case "dfrac": case "tfrac": case "cfrac": return mathNode("mfrac", null, this.argument(), this.argument());
      case "binom": case "dbinom": case "tbinom":
        return mathNode("mrow", null, mathNode("mo", null, "("), mathNode("mfrac", { linethickness: "0" }, this.argument(), this.argument()), mathNode("mo", null, ")"));
      case "sqrt": {
        if (this.peek() !== "[") return mathNode("msqrt", null, this.argument());
        this.take("[");
        const index = mathRow(this.row((token) => token === "]"));
        this.take("]");
        return mathNode("mroot", null, this.argument(), index);
      }
      case "mathbb": {
        const letter = this.raw().trim();
        return mathNode("mi", { mathvariant: "normal" }, kMathDouble[letter] || letter);
      }
      case "boxed": case "fbox": return mathNode("mrow", { class: "boxed" }, this.argument());
      case "left": return this.fenced();
      case "begin": return this.environment();
      case "pmod": return mathNode("mrow", null, mathNode("mspace", { width: "1em" }), mathNode("mo", null, "("), mathNode("mi", { mathvariant: "normal" }, "mod"),
        mathNode("mspace", { width: "0.28em" }), this.argument(), mathNode("mo", null, ")"));
      case "overset": case "stackrel": { const top = this.argument(); return mathNode("mover", null, this.argument(), top); }
      case "underset": { const low = this.argument(); return mathNode("munder", null, this.argument(), low); }
      case "underline": case "underbrace": case "overbrace": case "color": case "hline": throw new NotMathematics();
      default: throw new NotMathematics();
    }
  }

  large(node, yes = true) {
    if (yes) node.dataset.large = "yes";
    return node;
  }

  fenced() {
    const open = this.delimiter();
    const inside = this.row((token) => token === "\\right");
    this.take("\\right");
    const close = this.delimiter();
    return mathNode("mrow", null, mathNode("mo", { fence: "true" }, open), inside, mathNode("mo", { fence: "true" }, close));
  }

  environment() {
    const name = this.raw();
    if (kMathFences[name] === undefined) throw new NotMathematics();
    if (name === "array") this.raw();
    const rows = [];
    for (let more = true; more;) {
      const cells = [];
      for (;;) {
        cells.push(mathNode("mtd", null, this.row(() => false)));
        if (this.peek() !== "&") break;
        this.take("&");
      }
      rows.push(mathNode("mtr", null, cells));
      more = this.peek() === "\\\\";
      if (more) this.take();
    }
    this.take("\\end");
    if (this.raw() !== name) throw new NotMathematics();
    const [open, close] = kMathFences[name];
    return mathNode("mrow", null, open ? mathNode("mo", { fence: "true" }, open) : [], mathNode("mtable", null, rows), close ? mathNode("mo", { fence: "true" }, close) : []);
  }
}

// A formula as a <math> element, or null where it cannot be set.
function formula(source, display) {
  if (source.length > kLongestFormula || !source.trim()) return null;
  try {
    return mathNode("math", { display: display ? "block" : "inline", "aria-label": visible(source) }, mathNode("mrow", null, new FormulaReader(source).whole()));
  } catch (error) {
    if (error instanceof NotMathematics) return null;
    throw error;
  }
}

// The end of the group that opens at `open`, past its brace; -1: never closed.
function groupEnd(text, open) {
  for (let at = open, depth = 0; at < text.length && at < open + kLongestFormula; ++at) {
    if (text[at] === "\\") ++at;
    else if (text[at] === "{") ++depth;
    else if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return -1;
}

// The next `closing` that no backslash stands before; -1: none.
function closingAt(text, closing, from) {
  let at = text.indexOf(closing, from);
  while (closing.startsWith("$") && at > 0 && text[at - 1] === "\\") at = text.indexOf(closing, at + 1);
  return at;
}

// Text with its formulas set: $..$, $$..$$, \(..\), \[..\], and \boxed{..} where it stands alone. A dollar that is followed
// by a space or a digit's price, or has no partner on its line, is a dollar.
function withMathematics(text) {
  const nodes = [];
  let plain = 0;
  const opening = /\$\$|\$|\\\(|\\\[|\\boxed\s*\{/g;
  const flush = (to) => { if (to > plain) nodes.push(document.createTextNode(visible(text.slice(plain, to)))); };
  for (let hit = opening.exec(text); hit !== null; hit = opening.exec(text)) {
    const begin = hit.index;
    const mark = hit[0];
    let inner = opening.lastIndex;
    let end = -1;
    let after = -1;
    if (mark.startsWith("\\boxed")) {
      inner = begin;
      end = after = groupEnd(text, opening.lastIndex - 1);
    } else {
      const closing = { "$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]" }[mark];
      end = closingAt(text, closing, inner);
      after = end + closing.length;
      if (mark === "$" && end >= 0 && (/[\n]/.test(text.slice(inner, end)) || /^\s|\s$/.test(text.slice(inner, end)) || /[0-9]/.test(text[after] || ""))) end = -1;
    }
    const set = end < 0 ? null : formula(text.slice(inner, end), mark === "$$" || mark === "\\[");
    if (set === null) continue;
    flush(begin);
    nodes.push(set);
    plain = opening.lastIndex = after;
  }
  flush(text.length);
  return nodes;
}
