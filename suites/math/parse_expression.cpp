// Sums, products, powers and what follows an operand.

#include "suites/math/parser.h"

namespace reckon::suites::math {

Tree Parser::sum() {
  const Level level(*this);
  std::vector<Tree> terms;
  bool first = true;
  while (true) {
    bool minus = false;
    std::string both;
    bool sign = false;
    while (true) {
      if (take('-')) {
        minus = !minus;
      } else if (peek().is_command("pm") || peek().is_command("mp")) {
        both = next().text;
      } else if (!take('+')) {
        break;
      }
      sign = true;
    }
    if (!first && !sign) break;
    Tree term = product();
    // -1 mod 2 is (-1) mod 2.
    if (minus && first && term->kind == Kind::function && term->name == "mod") {
      term = make_function("mod", {negative(term->args[0]), term->args[1]});
    } else if (minus) {
      term = negative(term);
    }
    if (!both.empty()) term = make_node(Kind::plus_minus, {std::move(term)}, both == "pm" ? "+" : "-");
    terms.push_back(std::move(term));
    first = false;
  }
  return make_sum(std::move(terms));
}

bool Parser::at_factor() const {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::number:
    case TokenKind::numeral:
    case TokenKind::letter:
      return true;
    case TokenKind::text:
    case TokenKind::relation:
    case TokenKind::end:
      return false;
    case TokenKind::symbol:
      return token.is('(') || token.is('{') || (token.is('|') && open_bars_ == 0) ||
             (token.is('[') && open_bars_ == 0);
    case TokenKind::command:
      break;
  }
  static constexpr std::string_view kNoFactors[] = {
      "set_close", "abs_close", "rfloor", "rceil", "over",       "choose",     "cup",
      "cap",       "setminus",  "pm",     "mp",    "newline",    "arrow",      "dots",
      "and",       "or",        "mod",    "circ",  "end_matrix", "end_vmatrix"};
  for (const std::string_view name : kNoFactors) {
    if (token.text == name) return false;
  }
  return !(token.text == "abs_mark" && open_bars_ > 0);
}

/// Words behind a number: "5 cm", "8 square feet", "45 units^2", "\text{ cm}^2".
bool Parser::take_unit(bool behind_value) {
  if (peek().kind != TokenKind::text || !behind_value) return false;
  std::string unit = next().text;
  while (true) {
    if (peek().kind == TokenKind::text) {
      unit += " " + next().text;
    } else if (peek().is('/') && peek(1).kind == TokenKind::text) {
      next();
      unit += "/" + next().text;
    } else if (peek().is('^') && !(peek(1).is_command("circ"))) {
      next();
      const Tree power = exponent();
      unit += "^" + canonical_text(*power);
    } else {
      break;
    }
  }
  parse_.units.push_back(std::move(unit));
  return true;
}

Tree Parser::product() {
  const Level level(*this);
  Tree value = signed_factor();
  bool plain_number = value->kind == Kind::number || value->kind == Kind::product;
  while (true) {
    if (peek().is('*')) {
      next();
      value = make_product({value, signed_factor()});
    } else if (peek().is('/')) {
      next();
      value = quotient(value, division_operand());
    } else if (peek().is_command("mod")) {
      next();
      Tree modulus = signed_factor();
      while (at_factor()) modulus = make_product({modulus, factor()});
      value = make_function("mod", {value, std::move(modulus)});
    } else if (take_unit(true)) {
      plain_number = false;
    } else if (at_factor()) {
      if (peek().kind == TokenKind::number && peek().space_before && plain_number) {
        // "1 4/5": a mixed number; other numbers side by side are no product.
        if (value->kind != Kind::number || !value->value.is_integer() || !peek(1).is('/') ||
            peek(2).kind != TokenKind::number) {
          fail("two numbers side by side");
        }
        const Rational numerator = next().value;
        next();
        const Rational denominator = next().value;
        if (denominator.is_zero()) fail("a division by zero");
        value = make_number(value->value + numerator / denominator);
        continue;
      }
      value = make_product({value, factor()});
      plain_number = false;
    } else {
      return value;
    }
  }
}

/// Behind a slash: one factor, or, where the reading says so, all that stand side by side.
Tree Parser::division_operand() {
  Tree value = signed_factor();
  if (at_factor()) parse_.ambiguous_slash = true;
  while (options_.implicit_before_slash && at_factor()) value = make_product({value, factor()});
  return value;
}

Tree Parser::signed_factor() {
  const Level level(*this);
  if (take('-')) return negative(signed_factor());
  if (take('+')) return signed_factor();
  return factor();
}

Tree Parser::factor() {
  const Level level(*this);
  return power_of(atom());
}

/// "^" and what may stand behind it; a^b^c is a^(b^c), as \sin^2 is taken by the function itself.
Tree Parser::power_of(Tree base) {
  base = postfix(std::move(base));
  while (peek().is('^')) {
    if (peek(1).is_command("circ") || (peek(1).is('{') && peek(2).is_command("circ") && peek(3).is('}'))) {
      at_ += peek(1).is('{') ? 4 : 2;
      base = make_node(Kind::degree, {std::move(base)});
    } else if (peek(1).is('\'') || (peek(1).kind == TokenKind::text) ||
               (peek(1).is('{') && peek(2).kind == TokenKind::text && peek(3).is('}'))) {
      // 3^{rd}: the rank's ending is no power.
      const Token& word = peek(1).is('{') ? peek(2) : peek(1);
      if (word.text != "rd" && word.text != "th" && word.text != "st" && word.text != "nd")
        fail("a word as an exponent");
      at_ += peek(1).is('{') ? 4 : 2;
      parse_.units.push_back("rank");
    } else {
      next();
      base = make_power(std::move(base), exponent());
    }
    base = postfix(std::move(base));
  }
  return base;
}

Tree Parser::exponent() {
  const Level level(*this);
  if (take('-')) return negative(exponent());
  if (take('+')) return exponent();
  Tree value = peek().is('{') ? brace_group() : postfix(atom());
  if (peek().is('^')) {
    next();
    value = make_power(std::move(value), exponent());
  }
  return value;
}

Tree Parser::postfix(Tree operand) {
  while (true) {
    if (peek().is('!')) {
      next();
      const bool twice = peek().is('!') && !peek(1).is('!');
      if (twice) next();
      operand = make_function(twice ? "double_factorial" : "factorial", {std::move(operand)});
    } else if (peek().is('%')) {
      next();
      operand = make_node(Kind::percent, {std::move(operand)});
    } else if (peek().is_command("circ")) {
      next();
      operand = make_node(Kind::degree, {std::move(operand)});
    } else if (peek().kind == TokenKind::text &&
               (peek().text == "percent" || peek().text == "pct" || peek().text == "percentage")) {
      next();
      operand = make_node(Kind::percent, {std::move(operand)});
    } else if (peek().kind == TokenKind::text &&
               (peek().text == "degrees" || peek().text == "degree" || peek().text == "deg")) {
      next();
      operand = make_node(Kind::degree, {std::move(operand)});
    } else {
      return operand;
    }
  }
}

}  // namespace reckon::suites::math
