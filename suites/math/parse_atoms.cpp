// Operands: numbers, variables, brackets, fractions, roots, matrices.

#include "suites/math/parser.h"

namespace reckon::suites::math {

Tree Parser::atom() {
  const Level level(*this);
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::number:
      return number_atom();
    case TokenKind::numeral: {
      auto node = std::make_shared<Node>();
      node->kind = Kind::based;
      node->name = token.text;
      node->value = token.value;
      next();
      return node;
    }
    case TokenKind::letter:
      return variable_atom();
    case TokenKind::command:
      return command_atom();
    case TokenKind::symbol:
      if (token.is('(')) return bracket(true);
      if (token.is('[')) return bracket(true);
      if (token.is(']')) return bracket(false);
      if (token.is('{')) return brace_group();
      if (token.is('|')) return absolute_value(false);
      break;
    case TokenKind::text: {
      // Words as the subject of a statement: "\text{Area} = 5".
      Tree word = make_leaf(Kind::variable, "\"" + token.text + "\"");
      next();
      return word;
    }
    case TokenKind::relation:
    case TokenKind::end:
      break;
  }
  fail("no operand");
}

Tree Parser::number_atom() {
  const Token token = next();
  parse_.ambiguous_commas = parse_.ambiguous_commas || token.ambiguous_commas;
  auto node = std::make_shared<Node>();
  node->value = token.value;
  if (token.decimal) node->name = "decimal";
  // 1\frac{4}{5}: a whole number and a proper fraction of digits are a mixed number.
  if (options_.mixed_numbers && !token.decimal && token.value.is_integer() && !token.value.is_zero() &&
      peek().is_command("frac")) {
    const std::size_t before = at_;
    const Tree part = command_atom();
    if (part->kind == Kind::number && part->value.sign() > 0 && part->value < Rational(1) &&
        !peek().is('^')) {
      return make_number(token.value + part->value);
    }
    at_ = before;
  }
  return node;
}

/// Letters and digits of a subscript, without braces and spaces: x_{1,2} is "x_1,2".
std::string Parser::subscript() {
  if (!take('{')) {
    const Token& token = next();
    if (token.kind == TokenKind::end || token.kind == TokenKind::relation) fail("no subscript");
    return token.text;
  }
  return raw_text_until_brace();
}

std::string Parser::raw_text_until_brace() {
  std::string name;
  int depth = 1;
  while (depth > 0) {
    const Token& token = next();
    if (token.kind == TokenKind::end) fail("no '}'");
    if (token.is('{')) ++depth;
    if (token.is('}')) --depth;
    if (depth > 0) name += token.text;
  }
  return name;
}

Tree Parser::variable_atom() {
  std::string name = next().text;
  while (true) {
    if (peek().is('_')) {
      next();
      name += "_" + subscript();
    } else if (peek().is('\'')) {
      next();
      name += "'";
    } else {
      break;
    }
  }
  // f(x) is an application; x(x + 1) is a product.
  static constexpr std::string_view kFunctionLetters = "fghFGHPQW";
  if (kFunctionLetters.find(name.front()) != std::string_view::npos && peek().is('(') &&
      !peek().space_before) {
    next();
    std::vector<Tree> args;
    do {
      args.push_back(sum());
    } while (take(',') || take(';'));
    expect(')');
    return make_node(Kind::application, std::move(args), std::move(name));
  }
  return make_leaf(Kind::variable, std::move(name));
}

Tree Parser::command_atom() {
  const std::string name = peek().text;
  if (name == "e" || name == "i" || name == "I") {
    next();
    if (peek().is('_') || peek().is('\'')) {
      --at_;
      return variable_atom();
    }
    // On the left of "=" it is a name: "I = 5", "e = 3".
    if (at_ == 1 && peek().kind == TokenKind::relation) return make_leaf(Kind::variable, name);
    return make_leaf(name == "e" ? Kind::euler : Kind::imaginary_unit);
  }
  if (name == "pi") return next(), make_leaf(Kind::pi);
  if (name == "infty") return next(), make_leaf(Kind::infinity);
  if (name == "emptyset") return next(), make_leaf(Kind::named_set, "empty");
  if (name.substr(0, 11) == "number_set:") return next(), make_leaf(Kind::named_set, name.substr(11));
  if (name == "frac") {
    next();
    return at_derivative() ? derivative() : fraction();
  }
  if (name == "sqrt" || name == "cbrt") return root();
  if (name == "binom") {
    next();
    Tree top = tex_argument();
    return make_function("binomial", {std::move(top), tex_argument()});
  }
  if (name == "set_open") return braced_set();
  if (name == "abs_open" || name == "abs_mark") return absolute_value(true);
  if (name == "lfloor" || name == "lceil") {
    next();
    const int bars = std::exchange(open_bars_, 0);
    Tree inside = sum();
    open_bars_ = bars;
    if (!take_command(name == "lfloor" ? "rfloor" : "rceil")) fail("an open floor or ceiling");
    return make_function(name == "lfloor" ? "floor" : "ceil", {std::move(inside)});
  }
  if (name == "begin_matrix" || name == "begin_vmatrix") return matrix(name == "begin_vmatrix");
  if (name == "overline" || name == "accent") {
    next();
    // A letter under a mark is another variable; a plain \vec v is v.
    std::string inside = take('{') ? raw_text_until_brace() : next().text;
    if (name == "overline") inside = "bar{" + inside + "}";
    if (peek().is('_')) {
      next();
      inside += "_" + subscript();
    }
    return make_leaf(Kind::variable, inside);
  }
  if (name == "int" || name == "lim" || name == "sum" || name == "prod" || name == "partial")
    return calculus(name);
  if (name == "dots") fail("an ellipsis");
  return named_function(name);
}

/// One TeX argument: a group, or one digit or sign (\frac12 is 1/2).
Tree Parser::tex_argument() {
  const Level level(*this);
  if (peek().is('{')) return brace_group();
  if (peek().kind == TokenKind::number && !peek().decimal && peek().text.size() > 1) {
    const std::string digits = peek().text;
    Token& rest = tokens_[at_];
    rest.text = digits.substr(1);
    rest.value = *decimal_value(rest.text);
    rest.space_before = false;
    return make_number(*decimal_value(digits.substr(0, 1)));
  }
  if (take('-')) return negative(tex_argument());
  return atom();
}

Tree Parser::fraction() {
  // frac(1, 2) as a plain word
  if (peek().is('(') && tokens_[at_ - 1].is_command("frac")) {
    std::vector<Tree> args = arguments();
    if (args.size() != 2) fail("a fraction without two parts");
    return quotient(args[0], args[1]);
  }
  Tree top = tex_argument();
  Tree bottom = tex_argument();
  if (bottom->kind == Kind::number && bottom->value.is_zero()) fail("a division by zero");
  return quotient(top, bottom);
}

Tree Parser::root() {
  const bool cube = next().text == "cbrt";
  Tree index = make_number(cube ? 3 : 2);
  if (!cube && take('[')) {
    index = sum();
    expect(']');
  }
  Tree radicand = peek().is('{') ? brace_group() : postfix(atom());
  return make_function("root", {std::move(radicand), std::move(index)});
}

/// ( ) or [ ]: a group, a tuple, an interval. `open_left`: the first sign opens; "]a, b[" is an open
/// interval.
Tree Parser::bracket(bool open_left) {
  const Level level(*this);
  const bool round = peek().is('(');
  const bool closed_left = !round && open_left;
  next();
  const int bars = std::exchange(open_bars_, 0);
  if (round && take(')')) {
    open_bars_ = bars;
    return make_node(Kind::tuple, {});
  }
  std::vector<Tree> items;
  bool words = false;
  do {
    items.push_back(statement());
  } while (take(',') || take(';') || (words = take_command("and") || take_command("or")));
  open_bars_ = bars;
  const bool closed_right = peek().is(']');
  if (!closed_right && !peek().is(')') && !(peek().is('[') && !open_left)) fail("an open bracket");
  next();
  const bool pair_of_squares = closed_left && closed_right;
  if (items.size() == 1) {
    if (round == closed_right) fail("brackets that do not match");
    // A group keeps its own identity where it holds a list.
    return std::move(items.front());
  }
  if (items.size() == 2 && !words && (!round || closed_right)) {
    return make_node(Kind::interval, std::move(items),
                     std::string(closed_left ? "[" : "(") + (closed_right ? "]" : ")"));
  }
  if (!pair_of_squares && (!round || closed_right)) fail("an interval with other than two ends");
  return make_node(Kind::tuple, std::move(items));
}

/// { }: a TeX group; with commas a set, as people forget the backslashes.
Tree Parser::brace_group() {
  const Level level(*this);
  expect('{');
  const int bars = std::exchange(open_bars_, 0);
  if (take('}')) fail("an empty group");
  Tree inside = comma_list(false);
  while (take(';')) {
    std::vector<Tree> args = inside->kind == Kind::list ? inside->args : std::vector<Tree>{inside};
    args.push_back(statement());
    inside = make_node(Kind::list, std::move(args));
  }
  if (peek().is_command("over") || peek().is_command("choose")) {
    const bool choose = next().text == "choose";
    Tree below = sum();
    inside =
        choose ? make_function("binomial", {std::move(inside), std::move(below)}) : quotient(inside, below);
  }
  if (!take_command("set_close")) expect('}');
  open_bars_ = bars;
  return inside;
}

Tree Parser::braced_set() {
  const Level level(*this);
  next();
  const int bars = std::exchange(open_bars_, 1);
  std::vector<Tree> items;
  const auto closes = [this] { return take_command("set_close") || take('}'); };
  if (!closes()) {
    do {
      items.push_back(statement());
    } while (take(',') || take(';'));
    if (peek().is('|')) {
      // \{x | x > 2\}: the condition is what it says.
      next();
      items = {statement()};
      while (take(',')) items.push_back(statement());
      if (!closes()) fail("an open set");
      open_bars_ = bars;
      if (items.size() != 1) fail("a set with several conditions");
      return std::move(items.front());
    }
    if (items.size() == 1 && items.front()->kind == Kind::ratio && items.front()->args.size() == 2) {
      fail("a set with a condition behind a colon");
    }
    if (!closes()) fail("an open set");
  }
  open_bars_ = bars;
  if (items.empty()) return make_leaf(Kind::named_set, "empty");
  return make_node(Kind::set, std::move(items));
}

/// |...|; `marked`: the signs say themselves which opens.
Tree Parser::absolute_value(bool marked) {
  const Level level(*this);
  const bool same_mark = peek().is_command("abs_mark");
  next();
  const int bars = std::exchange(open_bars_, marked && !same_mark ? 0 : 1);
  Tree inside = sum();
  open_bars_ = bars;
  const bool closed = marked ? take_command(same_mark ? "abs_mark" : "abs_close") || take('|') : take('|');
  if (!closed) fail("an open absolute value");
  return make_function("abs", {std::move(inside)});
}

Tree Parser::matrix(bool determinant) {
  const Level level(*this);
  next();
  const int bars = std::exchange(open_bars_, 0);
  const std::string end = determinant ? "end_vmatrix" : "end_matrix";
  std::vector<Tree> entries;
  std::size_t columns = 0;
  std::size_t rows = 0;
  while (!take_command(end)) {
    std::size_t in_row = 0;
    do {
      entries.push_back(statement());
      ++in_row;
    } while (take('&'));
    if (columns != 0 && in_row != columns) fail("matrix rows of different lengths");
    columns = in_row;
    ++rows;
    if (!take_command("newline") && !peek().is_command(end)) fail("an open matrix");
  }
  open_bars_ = bars;
  if (entries.empty()) fail("an empty matrix");
  auto node = std::make_shared<Node>();
  node->kind = Kind::matrix;
  node->args = std::move(entries);
  node->value = Rational(static_cast<slong>(rows));
  if (determinant) return make_function("determinant", {node});
  return node;
}

}  // namespace reckon::suites::math
