// What LaTeX commands, plain words and Unicode characters mean to the lexer.

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "suites/math/tokens.h"

namespace reckon::suites::math {
namespace {

using Table = std::unordered_map<std::string_view, Command>;

void add(Table& table, Meaning meaning, std::string_view text, std::string_view names) {
  while (!names.empty()) {
    const std::size_t space = std::min(names.find(' '), names.size());
    const std::string_view name = names.substr(0, space);
    table[name] = {meaning, text.empty() ? name : text};
    names.remove_prefix(std::min(space + 1, names.size()));
  }
}

constexpr std::string_view kFunctions =
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch arcsinh "
    "arccosh arctanh ln log lg exp gcd lcm max min floor ceil";
constexpr std::string_view kGreek =
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma "
    "tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega";

void add_shared(Table& table) {
  add(table, Meaning::command, {}, kFunctions);
  add(table, Meaning::letter, {}, kGreek);
  add(table, Meaning::command, "arcsin", "asin");
  add(table, Meaning::command, "arccos", "acos");
  add(table, Meaning::command, "arctan", "atan");
  add(table, Meaning::command, "arcsinh", "arsinh asinh");
  add(table, Meaning::command, "arccosh", "arcosh acosh");
  add(table, Meaning::command, "arctanh", "artanh atanh");
  add(table, Meaning::command, "tan", "tg");
  add(table, Meaning::command, "cot", "ctg cotan");
  add(table, Meaning::command, "pi", "pi");
  add(table, Meaning::command, "sqrt", "sqrt");
  add(table, Meaning::command, "cbrt", "cbrt");
  add(table, Meaning::command, "ceil", "ceiling");
  add(table, Meaning::command, "abs", "abs");
  add(table, Meaning::command, "mod", "mod");
}

Table latex_table() {
  Table table;
  add_shared(table);
  add(table, Meaning::skip, {},
      "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle "
      "scriptstyle "
      "limits nolimits , ; : ! > space quad qquad thinspace medspace thickspace negthinspace hfill nobreak "
      "mathstrut "
      "strut / - boxed fbox middle notag nonumber $ centering bf rm it");
  add(table, Meaning::skip_group, {}, "hspace vspace tag label phantom hphantom vphantom color kern");
  add(table, Meaning::symbol, "*", "cdot times ast star bullet");
  add(table, Meaning::symbol, "/", "div");
  add(table, Meaning::symbol, "%", "%");
  add(table, Meaning::symbol, "|", "mid vert");
  add(table, Meaning::symbol, ":", "colon");
  add(table, Meaning::symbol, "'", "prime");
  add(table, Meaning::symbol, "(", "langle lparen");
  add(table, Meaning::symbol, ")", "rangle rparen");
  add(table, Meaning::symbol, "[", "lbrack");
  add(table, Meaning::symbol, "]", "rbrack");
  add(table, Meaning::relation, "l", "le leq leqslant leqq");
  add(table, Meaning::relation, "g", "ge geq geqslant geqq");
  add(table, Meaning::relation, "<", "lt");
  add(table, Meaning::relation, ">", "gt");
  add(table, Meaning::relation, "n", "ne neq");
  add(table, Meaning::relation, "e", "in");
  add(table, Meaning::relation, "x", "notin");
  add(table, Meaning::relation, "~", "approx sim simeq cong approxeq doteq");
  add(table, Meaning::relation, "c", "equiv");
  add(table, Meaning::relation, "s", "subset subseteq");
  add(table, Meaning::relation, "p", "supset supseteq");
  add(table, Meaning::command, "set_open", "{ lbrace");
  add(table, Meaning::command, "set_close", "} rbrace");
  add(table, Meaning::command, "abs_open", "lvert lVert");
  add(table, Meaning::command, "abs_close", "rvert rVert");
  add(table, Meaning::command, "abs_mark", "| Vert");
  add(table, Meaning::command, {}, "lfloor rfloor lceil rceil over choose cup cap setminus");
  add(table, Meaning::command, {}, "infty emptyset pm mp int lim sum prod partial begin end circ dots");
  add(table, Meaning::command, "setminus", "backslash");
  add(table, Meaning::command, "int", "iint iiint oint");
  add(table, Meaning::command, "emptyset", "varnothing O");
  add(table, Meaning::command, "circ", "degree");
  add(table, Meaning::command, "dots", "ldots cdots dotsc dotsb dotsm");
  add(table, Meaning::command, "newline", "\\ cr newline");
  add(table, Meaning::command, "arrow", "to rightarrow Rightarrow longrightarrow Longrightarrow implies iff");
  add(table, Meaning::command, "frac", "frac dfrac tfrac cfrac");
  add(table, Meaning::command, "binom", "binom dbinom tbinom");
  add(table, Meaning::command, "mod", "bmod pmod");
  add(table, Meaning::command, "overline", "overline bar");
  add(table, Meaning::command, "accent", "vec overrightarrow hat widehat tilde widetilde dot underline");
  add(table, Meaning::command, "e", "exponentialE e");
  add(table, Meaning::command, "i", "i imath imaginaryI");
  add(table, Meaning::command, "cup", "bigcup");
  add(table, Meaning::command, "cap", "bigcap");
  add(table, Meaning::command, "and", "land wedge");
  add(table, Meaning::command, "or", "lor vee");
  add(table, Meaning::styled_text, {},
      "text textbf textit textrm textnormal textsf texttt textup mbox hbox mathrm mathbf mathit mathsf "
      "mathtt mathcal "
      "mathscr operatorname mathop emph bm boldsymbol operatorname*");
  add(table, Meaning::variable_name, {}, "variable");
  add(table, Meaning::number_set, {}, "mathbb Bbb");
  add(table, Meaning::skip, {}, "ensuremath");
  return table;
}

Table word_table() {
  Table table;
  add_shared(table);
  table.erase("max");
  table.erase("min");
  add(table, Meaning::command, "max", "max");
  add(table, Meaning::command, "min", "min");
  add(table, Meaning::command, "infty", "infinity infty inf oo Infinity");
  add(table, Meaning::command, "and", "and AND And");
  add(table, Meaning::command, "or", "or OR Or");
  add(table, Meaning::command, "cup", "union");
  add(table, Meaning::command, "frac", "frac");
  return table;
}

const std::unordered_set<std::string_view>& unit_words() {
  static const std::unordered_set<std::string_view> words = {
      "cm",      "mm",     "km",       "dm",      "kg",      "mg",      "gm",      "ml",         "mL",
      "kmh",     "mph",    "kph",      "ft",      "feet",    "foot",    "in",      "inch",       "inches",
      "yd",      "yard",   "yards",    "mi",      "mile",    "miles",   "meter",   "meters",     "metre",
      "metres",  "gram",   "grams",    "lb",      "lbs",     "pound",   "pounds",  "oz",         "ounce",
      "ounces",  "sec",    "second",   "seconds", "min",     "minute",  "minutes", "hr",         "hrs",
      "hour",    "hours",  "day",      "days",    "week",    "weeks",   "month",   "months",     "year",
      "years",   "cent",   "cents",    "dollar",  "dollars", "unit",    "units",   "square",     "sq",
      "cubic",   "cu",     "degree",   "degrees", "deg",     "percent", "pct",     "percentage", "radian",
      "radians", "rad",    "people",   "ways",    "points",  "times",   "mol",     "euros",      "euro",
      "yuan",    "bits",   "per",      "th",      "st",      "nd",      "rd",      "Hz",         "liters",
      "liter",   "litres", "students", "a",       "is",      "the",     "of",      "usd",        "USD"};
  return words;
}

struct Character {
  char32_t code;
  std::string_view latex;
};
// Sorted by code point.
constexpr Character kCharacters[] = {
    {0xA0, " "},
    {0xA2, " cents "},
    {0xA3, " "},
    {0xA5, " "},
    {0xAC, "\\lnot "},
    {0xB0, "^\\circ "},
    {0xB1, "\\pm "},
    {0xB2, "^{2}"},
    {0xB3, "^{3}"},
    {0xB4, "'"},
    {0xB7, "\\cdot "},
    {0xB9, "^{1}"},
    {0xBC, "\\frac{1}{4}"},
    {0xBD, "\\frac{1}{2}"},
    {0xBE, "\\frac{3}{4}"},
    {0xD7, "\\times "},
    {0xF7, "\\div "},
    {0x393, "\\Gamma "},
    {0x394, "\\Delta "},
    {0x398, "\\Theta "},
    {0x39B, "\\Lambda "},
    {0x3A0, "\\Pi "},
    {0x3A3, "\\Sigma "},
    {0x3A6, "\\Phi "},
    {0x3A8, "\\Psi "},
    {0x3A9, "\\Omega "},
    {0x3B1, "\\alpha "},
    {0x3B2, "\\beta "},
    {0x3B3, "\\gamma "},
    {0x3B4, "\\delta "},
    {0x3B5, "\\epsilon "},
    {0x3B6, "\\zeta "},
    {0x3B7, "\\eta "},
    {0x3B8, "\\theta "},
    {0x3BA, "\\kappa "},
    {0x3BB, "\\lambda "},
    {0x3BC, "\\mu "},
    {0x3BD, "\\nu "},
    {0x3BE, "\\xi "},
    {0x3C0, "\\pi "},
    {0x3C1, "\\rho "},
    {0x3C3, "\\sigma "},
    {0x3C4, "\\tau "},
    {0x3C6, "\\phi "},
    {0x3C7, "\\chi "},
    {0x3C8, "\\psi "},
    {0x3C9, "\\omega "},
    {0x2002, " "},
    {0x2003, " "},
    {0x2009, " "},
    {0x200B, ""},
    {0x2010, "-"},
    {0x2011, "-"},
    {0x2012, "-"},
    {0x2013, "-"},
    {0x2014, "-"},
    {0x2016, "|"},
    {0x2018, "'"},
    {0x2019, "'"},
    {0x2022, "\\cdot "},
    {0x2026, "\\ldots "},
    {0x202F, " "},
    {0x2032, "'"},
    {0x2044, "/"},
    {0x2061, ""},
    {0x2062, ""},
    {0x2070, "^{0}"},
    {0x2074, "^{4}"},
    {0x2075, "^{5}"},
    {0x2076, "^{6}"},
    {0x2077, "^{7}"},
    {0x2078, "^{8}"},
    {0x2079, "^{9}"},
    {0x20AC, " "},
    {0x2102, "\\mathbb{C}"},
    {0x2115, "\\mathbb{N}"},
    {0x211A, "\\mathbb{Q}"},
    {0x211D, "\\mathbb{R}"},
    {0x2124, "\\mathbb{Z}"},
    {0x2153, "\\frac{1}{3}"},
    {0x2154, "\\frac{2}{3}"},
    {0x2155, "\\frac{1}{5}"},
    {0x2156, "\\frac{2}{5}"},
    {0x2157, "\\frac{3}{5}"},
    {0x2158, "\\frac{4}{5}"},
    {0x2159, "\\frac{1}{6}"},
    {0x215A, "\\frac{5}{6}"},
    {0x215B, "\\frac{1}{8}"},
    {0x215C, "\\frac{3}{8}"},
    {0x215D, "\\frac{5}{8}"},
    {0x215E, "\\frac{7}{8}"},
    {0x2190, "\\leftarrow "},
    {0x2192, "\\to "},
    {0x21D2, "\\implies "},
    {0x2205, "\\emptyset "},
    {0x2208, "\\in "},
    {0x2209, "\\notin "},
    {0x2211, "\\sum "},
    {0x2212, "-"},
    {0x2213, "\\mp "},
    {0x2215, "/"},
    {0x2216, "\\setminus "},
    {0x2217, "*"},
    {0x2219, "\\cdot "},
    {0x221A, "\\sqrt "},
    {0x221B, "\\cbrt "},
    {0x221E, "\\infty "},
    {0x2229, "\\cap "},
    {0x222A, "\\cup "},
    {0x222B, "\\int "},
    {0x2248, "\\approx "},
    {0x2260, "\\ne "},
    {0x2264, "\\le "},
    {0x2265, "\\ge "},
    {0x2282, "\\subset "},
    {0x2286, "\\subseteq "},
    {0x22C5, "\\cdot "},
    {0x2308, "\\lceil "},
    {0x2309, "\\rceil "},
    {0x230A, "\\lfloor "},
    {0x230B, "\\rfloor "},
};

}  // namespace

Command latex_command(std::string_view name) {
  static const Table table = latex_table();
  const auto found = table.find(name);
  return found == table.end() ? Command{Meaning::letter, name} : found->second;
}

std::optional<Command> plain_word(std::string_view word) {
  static const Table table = word_table();
  const auto found = table.find(word);
  if (found == table.end()) return std::nullopt;
  return found->second;
}

bool is_unit_word(std::string_view word) { return unit_words().contains(word); }

std::string_view latex_of(char32_t character) {
  if (character >= 0x2080 && character <= 0x2089) {
    constexpr std::array<std::string_view, 10> kSubscripts = {"_{0}", "_{1}", "_{2}", "_{3}", "_{4}",
                                                              "_{5}", "_{6}", "_{7}", "_{8}", "_{9}"};
    return kSubscripts[character - 0x2080];
  }
  // Full-width forms of ASCII.
  if (character >= 0xFF01 && character <= 0xFF5E) {
    static const std::string ascii = [] {
      std::string all;
      for (char c = '!'; c <= '~'; ++c) all += c;
      return all;
    }();
    return std::string_view(ascii).substr(character - 0xFF01, 1);
  }
  const auto* found =
      std::lower_bound(std::begin(kCharacters), std::end(kCharacters), character,
                       [](const Character& known, char32_t code) { return known.code < code; });
  return found != std::end(kCharacters) && found->code == character ? found->latex : std::string_view{};
}

}  // namespace reckon::suites::math
