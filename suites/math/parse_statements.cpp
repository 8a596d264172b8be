// Lists, relations, sets and ratios: what stands above sums.

#include "suites/math/parser.h"

namespace reckon::suites::math {

Parse parse_tokens(std::vector<Token> tokens, const ReadingOptions& options) {
  return Parser(std::move(tokens), options).run();
}

Parse Parser::run() {
  parse_.tree = answer();
  if (!at_end()) fail("what follows");
  return std::move(parse_);
}

void Parser::fail(std::string_view what) const {
  std::string reason(what);
  const Token& token = peek();
  reason += token.kind == TokenKind::end ? " at the end" : " at '" + token.text.substr(0, 40) + "'";
  throw ParseFailure{reason};
}

bool Parser::take(char sign) {
  if (!peek().is(sign)) return false;
  ++at_;
  return true;
}

bool Parser::take_command(std::string_view name) {
  if (!peek().is_command(name)) return false;
  ++at_;
  return true;
}

void Parser::expect(char sign) {
  if (!take(sign)) fail(std::string("no '") + sign + "'");
}

bool Parser::at_conjunction() const {
  return peek().is(',') || peek().is(';') || peek().is_command("and") || peek().is_command("or") ||
         peek().is_command("newline");
}

/// One separator of a list: ",", ", and", "or"; a comma that ends the text separates nothing.
bool Parser::take_conjunction() {
  if (!peek().is(',') && !peek().is_command("and") && !peek().is_command("or")) return false;
  while (take(',') || take_command("and") || take_command("or")) {
  }
  return true;
}

/// "1,2;3,4" is a list of two tuples, "1;2" a list of two items.
Tree Parser::answer() {
  std::vector<Tree> rows;
  bool nested = false;
  do {
    if (at_end()) break;
    Tree row = comma_list(true);
    nested = nested || row->kind == Kind::list;
    rows.push_back(std::move(row));
  } while (take(';') || take_command("newline"));
  if (rows.empty()) fail("nothing");
  if (rows.size() == 1) return std::move(rows.front());
  for (Tree& row : rows) {
    if (nested && row->kind == Kind::list) row = make_node(Kind::tuple, row->args);
  }
  return make_node(Kind::list, std::move(rows));
}

Tree Parser::comma_list(bool top) {
  const Level level(*this);
  std::vector<Tree> items;
  do {
    if (at_end() || peek().is('}') || peek().is(';')) break;
    items.push_back(statement());
    // "x = 1, 2, 3": the later values belong to the same variable.
    if (top && items.size() > 1 && is_value(*items.back()) && items.front()->kind == Kind::relation &&
        items.front()->name == "=" && items.front()->args.size() == 2) {
      const Tree& first = items.front();
      Tree values =
          first->args[1]->kind == Kind::list ? first->args[1] : make_node(Kind::list, {first->args[1]});
      std::vector<Tree> all = values->args;
      all.push_back(items.back());
      items = {make_node(Kind::relation, {first->args[0], make_node(Kind::list, std::move(all))}, "=")};
    }
  } while (take_conjunction());
  if (items.empty()) fail("nothing");
  if (items.size() == 1) return std::move(items.front());
  return make_node(Kind::list, std::move(items));
}

Tree Parser::statement() {
  const Level level(*this);
  std::vector<Tree> sides;
  std::string signs;
  // "= 5" and "\approx 5" name a value only.
  if (peek().kind == TokenKind::relation && (peek().text == "=" || peek().text == "~")) next();
  sides.push_back(set_expression());
  while (peek().kind == TokenKind::relation || peek().is_command("arrow")) {
    if (peek().is_command("arrow")) fail("an arrow");
    signs += next().text;
    sides.push_back(set_expression());
    // "k \in 1, 2, 3"
    if (signs.back() == 'e' && take_conjunction()) {
      std::vector<Tree> items = {sides.back()};
      do {
        items.push_back(set_expression());
      } while (take_conjunction());
      sides.back() = make_node(Kind::set, std::move(items));
    }
  }
  if (signs.empty()) return std::move(sides.front());
  return make_node(Kind::relation, std::move(sides), std::move(signs));
}

Tree Parser::set_expression() {
  Tree left = ratio();
  while (true) {
    Kind kind = Kind::set_union;
    if (peek().is_command("cup")) {
      kind = Kind::set_union;
    } else if (peek().is_command("cap")) {
      kind = Kind::set_intersection;
    } else if (peek().is_command("setminus")) {
      kind = Kind::set_difference;
    } else {
      return left;
    }
    next();
    Tree right = ratio();
    std::vector<Tree> args;
    if (left->kind == kind && kind != Kind::set_difference) {
      args = left->args;
    } else {
      args.push_back(std::move(left));
    }
    args.push_back(std::move(right));
    left = make_node(kind, std::move(args));
  }
}

Tree Parser::ratio() {
  Tree first = sum();
  if (!peek().is(':')) return first;
  std::vector<Tree> parts = {std::move(first)};
  while (take(':')) parts.push_back(sum());
  return make_node(Kind::ratio, std::move(parts));
}

}  // namespace reckon::suites::math
