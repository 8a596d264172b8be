// What operators stand between: names, literals, brackets, calls, subscripts, filters and tests.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/template/expression_parser.h"

namespace reckon::engine::jinja {

ExpressionPtr ExpressionParser::primary() {
  const int line = tokens_.current().line;
  if (tokens_.is(TokenKind::name)) {
    const std::string name = tokens_.next().text;
    auto node = make(ExpressionKind::constant, line);
    if (name == "true" || name == "True") {
      node->constant = Value(true);
    } else if (name == "false" || name == "False") {
      node->constant = Value(false);
    } else if (name != "none" && name != "None") {
      node->kind = ExpressionKind::name;
      node->text = name;
    }
    return node;
  }
  if (tokens_.is(TokenKind::text)) {
    std::string text;
    while (tokens_.is(TokenKind::text)) text += tokens_.next().value.as_text();
    auto node = make(ExpressionKind::constant, line);
    node->constant = Value(std::move(text));
    return node;
  }
  if (tokens_.is(TokenKind::number)) {
    auto node = make(ExpressionKind::constant, line);
    node->constant = tokens_.next().value;
    return node;
  }
  if (tokens_.skip_symbol("(")) {
    auto node = tuple(true, {}, true);
    tokens_.expect_symbol(")");
    return node;
  }
  if (tokens_.is_symbol("[")) return list();
  if (tokens_.is_symbol("{")) return dict();
  tokens_.unexpected("an expression");
}

ExpressionPtr ExpressionParser::tuple(bool with_conditional, std::string_view end, bool parenthesised) {
  const int line = tokens_.current().line;
  std::vector<ExpressionPtr> parts;
  bool is_tuple = false;
  for (;;) {
    if (!parts.empty()) tokens_.expect_symbol(",");
    if (tokens_.is(TokenKind::variable_end) || tokens_.is(TokenKind::block_end) || tokens_.is_symbol(")") ||
        (!end.empty() && tokens_.is_name(end))) {
      break;
    }
    parts.push_back(expression(with_conditional));
    if (!tokens_.is_symbol(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !parts.empty()) return std::move(parts.front());
  if (!is_tuple && !parenthesised) tokens_.unexpected("an expression");
  auto node = make(ExpressionKind::tuple, line);
  for (auto& part : parts) add(*node, std::move(part));
  return node;
}

ExpressionPtr ExpressionParser::list() {
  auto node = make(ExpressionKind::list, tokens_.next().line);
  while (!tokens_.is_symbol("]")) {
    if (!node->items.empty()) tokens_.expect_symbol(",");
    if (tokens_.is_symbol("]")) break;
    add(*node, expression());
  }
  tokens_.expect_symbol("]");
  return node;
}

ExpressionPtr ExpressionParser::dict() {
  auto node = make(ExpressionKind::dict, tokens_.next().line);
  while (!tokens_.is_symbol("}")) {
    if (!node->items.empty()) tokens_.expect_symbol(",");
    if (tokens_.is_symbol("}")) break;
    add(*node, expression());
    tokens_.expect_symbol(":");
    add(*node, expression());
  }
  tokens_.expect_symbol("}");
  return node;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  for (;;) {
    if (tokens_.is_symbol(".") || tokens_.is_symbol("[")) {
      node = subscript(std::move(node));
    } else if (tokens_.is_symbol("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::filters_and_tests(ExpressionPtr node) {
  for (;;) {
    if (tokens_.is_symbol("|")) {
      node = filters(std::move(node), false);
    } else if (tokens_.is_name("is")) {
      node = test(std::move(node));
    } else if (tokens_.is_symbol("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr node) {
  const Token opening = tokens_.next();
  if (opening.text == ".") {
    auto access = make(ExpressionKind::attribute, opening.line);
    if (tokens_.is(TokenKind::number) && tokens_.current().value.is_int()) {
      access->kind = ExpressionKind::subscript;
      add(*access, std::move(node));
      auto index = make(ExpressionKind::constant, opening.line);
      index->constant = tokens_.next().value;
      add(*access, std::move(index));
      return access;
    }
    access->text = tokens_.expect_name();
    add(*access, std::move(node));
    return access;
  }
  std::vector<ExpressionPtr> parts;
  while (!tokens_.is_symbol("]")) {
    if (!parts.empty()) tokens_.expect_symbol(",");
    parts.push_back(subscript_part());
  }
  tokens_.expect_symbol("]");
  ExpressionPtr index;
  if (parts.size() == 1) {
    index = std::move(parts.front());
  } else {
    index = make(ExpressionKind::tuple, opening.line);
    for (auto& part : parts) add(*index, std::move(part));
  }
  return join(ExpressionKind::subscript, opening.line, "", std::move(node), std::move(index));
}

ExpressionPtr ExpressionParser::subscript_part() {
  const int line = tokens_.current().line;
  ExpressionPtr start;
  if (!tokens_.is_symbol(":")) {
    start = expression();
    if (!tokens_.is_symbol(":")) return start;
  }
  tokens_.next();
  const auto bound = [&]() -> ExpressionPtr {
    if (tokens_.is_symbol(":") || tokens_.is_symbol("]") || tokens_.is_symbol(",")) return nullptr;
    return expression();
  };
  auto node = make(ExpressionKind::slice, line);
  add(*node, std::move(start));
  add(*node, bound());
  add(*node, tokens_.skip_symbol(":") ? bound() : nullptr);
  return node;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr node) {
  auto result = make(ExpressionKind::call, tokens_.current().line);
  add(*result, std::move(node));
  arguments(*result);
  return result;
}

void ExpressionParser::arguments(Expression& owner) {
  const int line = tokens_.current().line;
  tokens_.expect_symbol("(");
  const auto require = [&](bool allowed) {
    if (!allowed) throw SyntaxFailure(line, "arguments of a call in the wrong order");
  };
  const auto take = [&] {
    auto value = expression();
    owner.depth = std::max(owner.depth, value->depth + 1);
    return value;
  };
  bool comma = false;
  while (!tokens_.is_symbol(")")) {
    if (comma) {
      tokens_.expect_symbol(",");
      if (tokens_.is_symbol(")")) break;
    }
    comma = true;
    if (tokens_.skip_symbol("*")) {
      require(!owner.star && !owner.double_star);
      owner.star = take();
    } else if (tokens_.skip_symbol("**")) {
      require(!owner.double_star);
      owner.double_star = take();
    } else if (tokens_.is(TokenKind::name) && tokens_.ahead().kind == TokenKind::symbol &&
               tokens_.ahead().text == "=") {
      require(!owner.double_star);
      std::string name = tokens_.next().text;
      tokens_.next();
      owner.named.emplace_back(std::move(name), take());
    } else {
      require(!owner.star && !owner.double_star && owner.named.empty());
      add(owner, expression());
    }
  }
  tokens_.expect_symbol(")");
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr input, bool inside) {
  while (inside || tokens_.is_symbol("|")) {
    if (!inside) tokens_.next();
    inside = false;
    auto node = make(ExpressionKind::filter, tokens_.current().line);
    node->text = tokens_.expect_name();
    while (tokens_.skip_symbol(".")) node->text += "." + tokens_.expect_name();
    add(*node, std::move(input));
    if (tokens_.is_symbol("(")) arguments(*node);
    input = std::move(node);
  }
  return input;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr node) {
  const int line = tokens_.next().line;
  const bool negated = tokens_.skip_name("not");
  auto result = make(ExpressionKind::test, line);
  result->text = tokens_.expect_name();
  while (tokens_.skip_symbol(".")) result->text += "." + tokens_.expect_name();
  add(*result, std::move(node));
  const bool literal = tokens_.is(TokenKind::name) || tokens_.is(TokenKind::text) ||
                       tokens_.is(TokenKind::number) || tokens_.is_symbol("[") || tokens_.is_symbol("{");
  if (tokens_.is_symbol("(")) {
    arguments(*result);
  } else if (literal && !tokens_.is_name("else") && !tokens_.is_name("or") && !tokens_.is_name("and")) {
    if (tokens_.is_name("is")) throw SyntaxFailure(line, "tests with 'is' cannot be chained");
    const Nested nested(*this, line);
    add(*result, postfix(primary()));
  }
  if (!negated) return result;
  auto inverse = make(ExpressionKind::unary, line);
  inverse->text = "not";
  add(*inverse, std::move(result));
  return inverse;
}

ExpressionPtr ExpressionParser::simple_target(bool with_namespace) {
  const int line = tokens_.current().line;
  if (tokens_.skip_symbol("(")) {
    const Nested nested(*this, line);
    auto inner = target({}, with_namespace);
    tokens_.expect_symbol(")");
    return inner;
  }
  auto node = make(ExpressionKind::name, line);
  node->text = tokens_.expect_name();
  static constexpr std::array<std::string_view, 6> kConstants = {"true",  "True", "false",
                                                                 "False", "none", "None"};
  if (std::find(kConstants.begin(), kConstants.end(), node->text) != kConstants.end()) {
    throw SyntaxFailure(line, fmt::format("cannot assign to '{}'", node->text));
  }
  if (with_namespace && tokens_.skip_symbol(".")) {
    auto attribute = make(ExpressionKind::attribute, line);
    attribute->text = tokens_.expect_name();
    add(*attribute, std::move(node));
    return attribute;
  }
  return node;
}

ExpressionPtr ExpressionParser::target(std::string_view end, bool with_namespace) {
  const int line = tokens_.current().line;
  auto first = simple_target(with_namespace);
  if (!tokens_.is_symbol(",")) return first;
  auto node = make(ExpressionKind::tuple, line);
  add(*node, std::move(first));
  while (tokens_.skip_symbol(",")) {
    if ((!end.empty() && tokens_.is_name(end)) || tokens_.is_symbol("=") || tokens_.is_symbol(")")) break;
    add(*node, simple_target(with_namespace));
  }
  return node;
}

std::vector<std::pair<std::string, ExpressionPtr>> ExpressionParser::signature() {
  std::vector<std::pair<std::string, ExpressionPtr>> parameters;
  tokens_.expect_symbol("(");
  while (!tokens_.is_symbol(")")) {
    if (!parameters.empty()) tokens_.expect_symbol(",");
    const int line = tokens_.current().line;
    std::string name = tokens_.expect_name();
    ExpressionPtr fallback;
    if (tokens_.skip_symbol("=")) {
      fallback = expression();
    } else if (!parameters.empty() && parameters.back().second) {
      throw SyntaxFailure(line, "a parameter without a default follows one with a default");
    }
    parameters.emplace_back(std::move(name), std::move(fallback));
  }
  tokens_.expect_symbol(")");
  return parameters;
}

}  // namespace reckon::engine::jinja
