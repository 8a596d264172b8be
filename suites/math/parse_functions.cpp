// Named functions and the constructs of calculus, which are kept but not evaluated.

#include "suites/math/parser.h"

namespace reckon::suites::math {
namespace {

std::string inverse_of(const std::string& name) { return "arc" + name; }

bool is_trigonometric(std::string_view name) {
  for (const std::string_view known :
       {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth"}) {
    if (name == known) return true;
  }
  return false;
}

bool is_function_name(std::string_view name) {
  for (const std::string_view other :
       {"ln", "log", "lg", "exp", "gcd", "lcm", "max", "min", "floor", "ceil", "abs", "sech", "csch"}) {
    if (name == other) return true;
  }
  return is_trigonometric(name) || name.substr(0, 3) == "arc";
}

}  // namespace

/// (a, b, c) behind gcd and its kind.
std::vector<Tree> Parser::arguments() {
  expect('(');
  std::vector<Tree> args;
  const int bars = std::exchange(open_bars_, 0);
  do {
    args.push_back(sum());
  } while (take(',') || take(';'));
  open_bars_ = bars;
  expect(')');
  return args;
}

Tree Parser::named_function(const std::string& name) {
  const Level level(*this);
  if (!is_function_name(name)) fail("no operand");
  next();
  if (name == "gcd" || name == "lcm" || name == "max" || name == "min") {
    if (!peek().is('(')) fail("a function without its arguments");
    return make_function(name, arguments());
  }
  if (name == "log" || name == "lg" || name == "ln") return logarithm(name);

  Tree exponent_of_function;
  std::string applied = name;
  if (peek().is('^')) {
    next();
    exponent_of_function = exponent();
    // \sin^{-1} is the inverse function.
    if (exponent_of_function->kind == Kind::number && exponent_of_function->value == Rational(-1) &&
        is_trigonometric(name)) {
      applied = inverse_of(name);
      exponent_of_function = nullptr;
    }
  }
  Tree argument = function_argument();
  Tree value = applied == "exp" ? make_power(make_leaf(Kind::euler), std::move(argument))
                                : make_function(std::move(applied), {std::move(argument)});
  return exponent_of_function ? make_power(std::move(value), std::move(exponent_of_function)) : value;
}

/// What a function applies to: a bracket or group, else the factors side by side up to the next function.
Tree Parser::function_argument() {
  const Level level(*this);
  if (peek().is('(') || peek().is('{')) return postfix(atom());
  if (take('-')) return negative(function_argument());
  std::vector<Tree> factors = {factor()};
  while (at_factor() && !(peek().kind == TokenKind::command && is_function_name(peek().text)) &&
         !peek().is('(')) {
    factors.push_back(factor());
  }
  return make_product(std::move(factors));
}

/// The base is the second argument: ln x is (function log x e).
Tree Parser::logarithm(const std::string& name) {
  Tree base = name == "ln" ? make_leaf(Kind::euler) : make_number(10);
  if (peek().is('_')) {
    next();
    base = tex_argument();
  }
  Tree power;
  if (peek().is('^')) {
    next();
    power = exponent();
  }
  Tree value = make_function("log", {function_argument(), std::move(base)});
  return power ? make_power(std::move(value), std::move(power)) : value;
}

/// \frac{d}{dx}, \frac{d^2 y}{dx^2}, \frac{\partial f}{\partial x}
bool Parser::at_derivative() const {
  if (!peek().is('{')) return false;
  const bool d = peek(1).kind == TokenKind::letter && peek(1).text == "d";
  if (!d && !peek(1).is_command("partial")) return false;
  // The denominator must begin with d and a letter.
  std::size_t at = at_ + 1;
  int depth = 1;
  while (at < tokens_.size() && depth > 0) {
    depth += tokens_[at].is('{') ? 1 : tokens_[at].is('}') ? -1 : 0;
    ++at;
  }
  if (at + 2 >= tokens_.size() || !tokens_[at].is('{')) return false;
  const Token& first = tokens_[at + 1];
  return (first.is_command("partial") || (first.kind == TokenKind::letter && first.text == "d")) &&
         tokens_[at + 2].kind == TokenKind::letter;
}

Tree Parser::derivative() {
  parse_.unevaluated = "derivative";
  next();
  std::string numerator = raw_text_until_brace();
  expect('{');
  std::string denominator = raw_text_until_brace();
  std::vector<Tree> args = {make_leaf(Kind::text, numerator), make_leaf(Kind::text, denominator)};
  if (at_factor()) args.push_back(product());
  return make_node(Kind::unevaluated, std::move(args), "derivative");
}

/// \int, \lim, \sum, \prod with their bounds and what stands behind them as one term.
Tree Parser::calculus(const std::string& command) {
  const Level level(*this);
  next();
  const std::string name = command == "int"    ? "integral"
                           : command == "lim"  ? "limit"
                           : command == "sum"  ? "sum"
                           : command == "prod" ? "product"
                                               : "derivative";
  parse_.unevaluated = name;
  std::string below;
  std::string above;
  for (int i = 0; i < 2; ++i) {
    if (peek().is('_')) {
      next();
      below = subscript();
    } else if (peek().is('^')) {
      next();
      above = subscript();
    }
  }
  std::vector<Tree> args = {make_leaf(Kind::text, below), make_leaf(Kind::text, above)};
  args.push_back(name == "integral" ? sum() : product());
  return make_node(Kind::unevaluated, std::move(args), name);
}

}  // namespace reckon::suites::math
