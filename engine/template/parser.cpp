#include "engine/template/parser.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "engine/template/expression_parser.h"
#include "engine/template/lexer.h"

namespace reckon::engine::jinja {
namespace {

constexpr int kMaxBlockDepth = 80;

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize(source)), expressions_(tokens_) {}

  Body run() {
    Body body = statements({});
    return body;
  }

 private:
  using Names = std::initializer_list<std::string_view>;
  using StatementPtr = std::unique_ptr<Statement>;

  StatementPtr make(StatementKind kind, int line) const {
    auto statement = std::make_unique<Statement>();
    statement->kind = kind;
    statement->line = line;
    return statement;
  }

  // Statements up to a block that starts with one of `ends`, whose name is left as the current token. With no
  // `ends`: to the end of the template.
  Body statements(Names ends) {
    Body body;
    const int opened = block_line_;
    for (;;) {
      const Token& token = tokens_.current();
      if (token.kind == TokenKind::end) {
        if (ends.size() == 0) return body;
        throw SyntaxFailure(opened, fmt::format("a block without its '{}'", *(ends.end() - 1)));
      }
      if (token.kind == TokenKind::data) {
        auto text = make(StatementKind::text, token.line);
        text->text = tokens_.next().text;
        body.push_back(std::move(text));
      } else if (token.kind == TokenKind::variable_begin) {
        auto print = make(StatementKind::print, tokens_.next().line);
        print->expression = expressions_.tuple();
        tokens_.expect(TokenKind::variable_end);
        body.push_back(std::move(print));
      } else {
        tokens_.next();  // block_begin
        if (tokens_.is(TokenKind::name) &&
            std::find(ends.begin(), ends.end(), tokens_.current().text) != ends.end()) {
          return body;
        }
        auto statement = block();
        if (statement) body.push_back(std::move(statement));
      }
    }
  }

  // A body up to {% end %}, which is taken too.
  Body body_until(std::string_view end) {
    tokens_.expect(TokenKind::block_end);
    Body body = statements({end});
    tokens_.next();
    tokens_.expect(TokenKind::block_end);
    return body;
  }

  StatementPtr block() {
    const int line = tokens_.current().line;
    if (++depth_ > kMaxBlockDepth) throw SyntaxFailure(line, "blocks nested too deeply");
    block_line_ = line;
    const std::string tag = tokens_.expect_name();
    StatementPtr statement = block_of(tag, line);
    --depth_;
    return statement;
  }

  StatementPtr block_of(const std::string& tag, int line) {
    if (tag == "if") return condition(line);
    if (tag == "for") return loop(line);
    if (tag == "set") return assignment(line);
    if (tag == "macro") return macro(line);
    if (tag == "call") return call_block(line);
    if (tag == "filter") return filter_block(line);
    if (tag == "with") return with(line);
    if (tag == "print") return print(line);
    if (tag == "generation") return scope("endgeneration", line);
    if (tag == "block") {
      tokens_.expect_name();
      return named_block(line);
    }
    if (tag == "autoescape") {
      expressions_.expression();
      return scope("endautoescape", line);
    }
    if (tag == "break" || tag == "continue") {
      if (loops_ == 0) throw SyntaxFailure(line, fmt::format("'{}' outside a loop", tag));
      tokens_.expect(TokenKind::block_end);
      return make(tag == "break" ? StatementKind::leave_loop : StatementKind::next_round, line);
    }
    throw SyntaxFailure(
        line,
        fmt::format("unknown or misplaced tag '{}' (known: if, for, set, macro, call, filter, with, print, "
                    "generation, block, autoescape, break, continue, raw)",
                    tag));
  }

  StatementPtr condition(int line) {
    auto statement = make(StatementKind::condition, line);
    for (;;) {
      Branch branch;
      branch.condition = expressions_.tuple(false);
      tokens_.expect(TokenKind::block_end);
      branch.body = statements({"elif", "else", "endif"});
      statement->branches.push_back(std::move(branch));
      const std::string end = tokens_.next().text;
      if (end == "elif") continue;
      if (end == "else") {
        Branch otherwise;
        otherwise.body = body_until("endif");
        statement->branches.push_back(std::move(otherwise));
      } else {
        tokens_.expect(TokenKind::block_end);
      }
      return statement;
    }
  }

  StatementPtr loop(int line) {
    auto statement = make(StatementKind::loop, line);
    statement->target = expressions_.target("in", false);
    if (!tokens_.skip_name("in")) tokens_.unexpected("'in'");
    statement->expression = expressions_.tuple(false, "recursive");
    if (tokens_.skip_name("if")) statement->filter = expressions_.expression();
    if (tokens_.is_name("recursive")) throw SyntaxFailure(line, "recursive loops are not supported");
    tokens_.expect(TokenKind::block_end);
    ++loops_;
    statement->body = statements({"else", "endfor"});
    --loops_;
    if (tokens_.next().text == "else") {
      statement->otherwise = body_until("endfor");
    } else {
      tokens_.expect(TokenKind::block_end);
    }
    return statement;
  }

  StatementPtr assignment(int line) {
    auto statement = make(StatementKind::assign, line);
    statement->target = expressions_.target("=", true);
    if (tokens_.skip_symbol("=")) {
      statement->expression = expressions_.tuple();
      tokens_.expect(TokenKind::block_end);
      return statement;
    }
    statement->kind = StatementKind::assign_block;
    statement->expression = expressions_.filters(nullptr, false);
    statement->body = body_outside_loops("endset");
    return statement;
  }

  // A body that break and continue cannot leave.
  Body body_outside_loops(std::string_view end) {
    const int loops = std::exchange(loops_, 0);
    Body body = body_until(end);
    loops_ = loops;
    return body;
  }

  StatementPtr macro(int line) {
    auto statement = make(StatementKind::macro, line);
    statement->text = tokens_.expect_name();
    statement->parameters = expressions_.signature();
    statement->body = body_outside_loops("endmacro");
    return statement;
  }

  StatementPtr call_block(int line) {
    auto statement = make(StatementKind::call_block, line);
    if (tokens_.is_symbol("(")) statement->parameters = expressions_.signature();
    statement->expression = expressions_.expression();
    if (statement->expression->kind != ExpressionKind::call) throw SyntaxFailure(line, "'call' needs a call");
    statement->body = body_outside_loops("endcall");
    return statement;
  }

  StatementPtr filter_block(int line) {
    auto statement = make(StatementKind::filter_block, line);
    statement->expression = expressions_.filters(nullptr, true);
    statement->body = body_outside_loops("endfilter");
    return statement;
  }

  StatementPtr with(int line) {
    auto statement = make(StatementKind::with, line);
    while (!tokens_.is(TokenKind::block_end)) {
      if (!statement->parameters.empty()) tokens_.expect_symbol(",");
      std::string name = tokens_.expect_name();
      tokens_.expect_symbol("=");
      statement->parameters.emplace_back(std::move(name), expressions_.expression());
    }
    statement->body = body_until("endwith");
    return statement;
  }

  StatementPtr print(int line) {
    auto statement = make(StatementKind::print, line);
    statement->expression = expressions_.tuple();
    tokens_.expect(TokenKind::block_end);
    return statement;
  }

  StatementPtr scope(std::string_view end, int line) {
    auto statement = make(StatementKind::scope, line);
    statement->body = body_outside_loops(end);
    return statement;
  }

  // {% block name %} ... {% endblock name %}; without inheritance it is its body.
  StatementPtr named_block(int line) {
    auto statement = make(StatementKind::scope, line);
    tokens_.expect(TokenKind::block_end);
    statement->body = statements({"endblock"});
    tokens_.next();
    if (tokens_.is(TokenKind::name)) tokens_.next();
    tokens_.expect(TokenKind::block_end);
    return statement;
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int block_line_ = 1;  // of the block whose body is read next
  int loops_ = 0;
};

}  // namespace

Body parse(std::string_view source) { return Parser(source).run(); }

}  // namespace reckon::engine::jinja
