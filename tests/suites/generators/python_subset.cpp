#include "tests/suites/generators/python_subset.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace reckon::test {
namespace {

struct Value;
using List = std::shared_ptr<std::vector<Value>>;
struct Value : std::variant<long, std::string, List> {
  using variant::variant;
};
using Scope = std::map<std::string, Value>;

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error("python_subset: " + why); }

long integer(const Value& value) {
  if (!std::holds_alternative<long>(value)) fail("no integer");
  return std::get<long>(value);
}
const std::string& text(const Value& value) {
  if (!std::holds_alternative<std::string>(value)) fail("no string");
  return std::get<std::string>(value);
}
std::vector<Value>& list(const Value& value) {
  if (!std::holds_alternative<List>(value)) fail("no list");
  return *std::get<List>(value);
}
Value list_of(std::vector<Value> values) { return std::make_shared<std::vector<Value>>(std::move(values)); }

std::string shown(const Value& value, bool inside) {
  if (std::holds_alternative<long>(value)) return std::to_string(integer(value));
  if (std::holds_alternative<std::string>(value)) return inside ? "'" + text(value) + "'" : text(value);
  std::string all;
  for (const Value& one : list(value)) all += (all.empty() ? "" : ", ") + shown(one, true);
  return "[" + all + "]";
}

bool less(const Value& a, const Value& b) {
  return std::holds_alternative<long>(a) ? integer(a) < integer(b) : text(a) < text(b);
}
bool same(const Value& a, const Value& b) { return !less(a, b) && !less(b, a); }

template <typename Sequence>
Sequence slice(const Sequence& all, std::optional<long> from, std::optional<long> to, long step) {
  const long size = static_cast<long>(all.size());
  const auto clamp = [&](long at) { return std::clamp(at < 0 ? at + size : at, 0L, size); };
  Sequence part;
  if (step == -1) {
    if (from || to) fail("backward slice with ends");
    part.assign(all.rbegin(), all.rend());
    return part;
  }
  if (step != 1) fail("slice with a step");
  const long first = clamp(from.value_or(0));
  const long last = std::max(first, clamp(to.value_or(size)));
  part.assign(all.begin() + first, all.begin() + last);
  return part;
}

class Interpreter {
 public:
  std::string run(const std::string& program) {
    std::istringstream stream(program);
    for (std::string line; std::getline(stream, line);) lines_.push_back(line);
    Scope scope;
    block(0, 0, scope);
    return printed_;
  }

 private:
  struct Function {
    std::vector<std::string> parameters;
    std::size_t body = 0;
  };

  static std::size_t depth(const std::string& line) { return line.find_first_not_of(' ') / 4; }

  std::size_t block_end(std::size_t line, std::size_t level) const {
    while (line < lines_.size() && depth(lines_[line]) >= level) ++line;
    return line;
  }

  // Runs the lines from `line` on that are at least `level` deep. True if a return was met.
  bool block(std::size_t line, std::size_t level, Scope& scope) {
    const std::size_t end = block_end(line, level);
    while (line < end) {
      const std::string statement = lines_[line].substr(level * 4);
      const std::size_t inner_end = block_end(line + 1, level + 1);
      if (statement.rfind("def ", 0) == 0) {
        define(statement, line + 1);
        line = inner_end;
      } else if (statement.rfind("for ", 0) == 0) {
        const std::size_t in = statement.find(" in ");
        const std::string variable = statement.substr(4, in - 4);
        const Value over = evaluate(statement.substr(in + 4, statement.size() - in - 5), scope);
        for (const Value& one : elements(over)) {
          scope[variable] = one;
          if (block(line + 1, level + 1, scope)) return true;
        }
        line = inner_end;
      } else if (statement.rfind("if ", 0) == 0) {
        const bool taken = integer(evaluate(statement.substr(3, statement.size() - 4), scope)) != 0;
        const bool has_else = inner_end < end && lines_[inner_end].substr(level * 4) == "else:";
        if (taken && block(line + 1, level + 1, scope)) return true;
        if (!taken && has_else && block(inner_end + 1, level + 1, scope)) return true;
        line = has_else ? block_end(inner_end + 1, level + 1) : inner_end;
      } else if (statement.rfind("return ", 0) == 0) {
        returned_ = evaluate(statement.substr(7), scope);
        return true;
      } else {
        simple(statement, scope);
        ++line;
      }
    }
    return false;
  }

  void define(const std::string& statement, std::size_t body) {
    const std::size_t open = statement.find('(');
    Function function{{}, body};
    std::istringstream stream(statement.substr(open + 1, statement.find(')') - open - 1));
    for (std::string name; std::getline(stream, name, ',');) {
      function.parameters.push_back(name.substr(name.find_first_not_of(' ')));
    }
    functions_[statement.substr(4, open - 4)] = function;
  }

  static std::vector<Value> elements(const Value& over) {
    if (std::holds_alternative<List>(over)) return list(over);
    std::vector<Value> letters;
    for (const char letter : text(over)) letters.emplace_back(std::string(1, letter));
    return letters;
  }

  void simple(const std::string& statement, Scope& scope) {
    for (const std::string op : {" += ", " -= ", " *= ", " = "}) {
      const std::size_t at = statement.find(op);
      if (at == std::string::npos) continue;
      const std::string target = statement.substr(0, at);
      const std::string source = statement.substr(at + op.size());
      const std::size_t bracket = target.find('[');
      if (bracket != std::string::npos) {
        const Value index = evaluate(target.substr(bracket + 1, target.size() - bracket - 2), scope);
        list(scope.at(target.substr(0, bracket))).at(static_cast<std::size_t>(integer(index))) =
            evaluate(source, scope);
      } else if (op == " = ") {
        scope[target] = evaluate(source, scope);
      } else {
        scope[target] = operate(op[1], scope.at(target), evaluate(source, scope));
      }
      return;
    }
    evaluate(statement, scope);
  }

  static Value operate(char op, const Value& a, const Value& b) {
    if (op == '+' && std::holds_alternative<std::string>(a)) return text(a) + text(b);
    if (op == '*' && std::holds_alternative<std::string>(a)) {
      std::string repeated;
      for (long i = 0; i < integer(b); ++i) repeated += text(a);
      return repeated;
    }
    switch (op) {
      case '+':
        return integer(a) + integer(b);
      case '-':
        return integer(a) - integer(b);
      case '*':
        return integer(a) * integer(b);
      default:
        break;
    }
    const long divisor = integer(b);
    if (divisor == 0) fail("division by zero");
    const long rest = (integer(a) % divisor + divisor) % divisor;
    return op == '%' ? rest : (integer(a) - rest) / divisor;
  }

  // --- expressions: `source_` from `at_` on ---

  Value evaluate(const std::string& source, Scope& scope) {
    const std::string outer_source = std::exchange(source_, source);
    const std::size_t outer_at = std::exchange(at_, 0);
    Value value = comparison(scope);
    if (at_ != source_.size()) fail("cannot read '" + source_ + "' from position " + std::to_string(at_));
    source_ = outer_source;
    at_ = outer_at;
    return value;
  }

  void blanks() {
    while (at_ < source_.size() && source_[at_] == ' ') ++at_;
  }
  bool accept(const std::string& sign) {
    blanks();
    if (source_.compare(at_, sign.size(), sign) != 0) return false;
    at_ += sign.size();
    return true;
  }
  void expect(const std::string& sign) {
    if (!accept(sign)) fail("'" + sign + "' expected in '" + source_ + "'");
  }

  Value comparison(Scope& scope) {
    Value left = sum(scope);
    if (accept("==")) return long{same(left, sum(scope))};
    if (accept("!=")) return long{!same(left, sum(scope))};
    if (accept(">=")) return long{!less(left, sum(scope))};
    if (accept("<=")) return long{!less(sum(scope), left)};
    if (accept(">")) return long{less(sum(scope), left)};
    if (accept("<")) return long{less(left, sum(scope))};
    return left;
  }
  Value sum(Scope& scope) {
    Value left = term(scope);
    for (;;) {
      if (accept("+")) {
        left = operate('+', left, term(scope));
      } else if (accept("-")) {
        left = operate('-', left, term(scope));
      } else {
        return left;
      }
    }
  }
  Value term(Scope& scope) {
    Value left = postfix(scope);
    for (;;) {
      if (accept("*")) {
        left = operate('*', left, postfix(scope));
      } else if (accept("//")) {
        left = operate('/', left, postfix(scope));
      } else if (accept("%")) {
        left = operate('%', left, postfix(scope));
      } else {
        return left;
      }
    }
  }

  Value postfix(Scope& scope) {
    if (accept("-")) return -integer(postfix(scope));
    Value value = atom(scope);
    for (;;) {
      if (accept("[")) {
        value = subscript(value, scope);
      } else if (accept(".")) {
        const std::string name = word();
        expect("(");
        value = method(value, name, arguments(")", scope));
      } else {
        return value;
      }
    }
  }

  Value subscript(const Value& value, Scope& scope) {
    std::optional<long> parts[3];
    int part = 0;
    while (!accept("]")) {
      if (accept(":")) {
        ++part;
      } else {
        parts[part] = integer(sum(scope));
      }
    }
    const bool is_list = std::holds_alternative<List>(value);
    if (part == 0) {
      const std::vector<Value> all = elements(value);
      const long at = parts[0].value() < 0 ? *parts[0] + static_cast<long>(all.size()) : *parts[0];
      return all.at(static_cast<std::size_t>(at));
    }
    const long step = parts[2].value_or(1);
    if (is_list) return list_of(slice(list(value), parts[0], parts[1], step));
    return slice(text(value), parts[0], parts[1], step);
  }

  std::string word() {
    std::string name;
    while (at_ < source_.size() &&
           (std::isalnum(static_cast<unsigned char>(source_[at_])) || source_[at_] == '_')) {
      name += source_[at_++];
    }
    return name;
  }

  std::vector<Value> arguments(const std::string& close, Scope& scope) {
    std::vector<Value> values;
    while (!accept(close)) {
      values.push_back(comparison(scope));
      accept(",");
    }
    return values;
  }

  Value atom(Scope& scope) {
    if (accept("[")) return list_of(arguments("]", scope));
    if (accept("(")) {
      Value inside = comparison(scope);
      expect(")");
      return inside;
    }
    if (accept("\"")) {
      const std::size_t end = source_.find('"', at_);
      if (end == std::string::npos) fail("open string in '" + source_ + "'");
      const std::string literal = source_.substr(at_, end - at_);
      at_ = end + 1;
      return literal;
    }
    blanks();
    const std::string name = word();
    if (name.empty()) fail("cannot read '" + source_ + "'");
    if (std::isdigit(static_cast<unsigned char>(name[0]))) return std::stol(name);
    if (accept("(")) return call(name, arguments(")", scope));
    const auto found = scope.find(name);
    if (found == scope.end()) fail("no variable '" + name + "'");
    return found->second;
  }

  Value call(const std::string& name, const std::vector<Value>& values) {
    if (name == "print") {
      printed_ += shown(values.at(0), false) + "\n";
      return 0L;
    }
    if (name == "len") return static_cast<long>(elements(values.at(0)).size());
    if (name == "range") {
      std::vector<Value> numbers;
      const long first = values.size() > 1 ? integer(values[0]) : 0;
      for (long i = first; i < integer(values.back()); ++i) numbers.emplace_back(i);
      return list_of(numbers);
    }
    if (name == "sum") {
      long total = 0;
      for (const Value& one : list(values.at(0))) total += integer(one);
      return total;
    }
    if (name == "max") return *std::max_element(list(values.at(0)).begin(), list(values.at(0)).end(), less);
    const auto found = functions_.find(name);
    if (found == functions_.end()) fail("no function '" + name + "'");
    Scope scope;
    for (std::size_t i = 0; i < values.size(); ++i) scope[found->second.parameters.at(i)] = values[i];
    const std::string outer_source = source_;
    const std::size_t outer_at = at_;
    if (!block(found->second.body, 1, scope)) fail("'" + name + "' does not return");
    source_ = outer_source;
    at_ = outer_at;
    return returned_;
  }

  static Value method(const Value& value, const std::string& name, const std::vector<Value>& values) {
    if (name == "append") {
      list(value).push_back(values.at(0));
    } else if (name == "sort") {
      std::sort(list(value).begin(), list(value).end(), less);
    } else if (name == "reverse") {
      std::reverse(list(value).begin(), list(value).end());
    } else if (name == "pop") {
      list(value).pop_back();
    } else if (name == "join") {
      std::string joined;
      for (const Value& one : list(values.at(0))) joined += (joined.empty() ? "" : text(value)) + text(one);
      return joined;
    } else if (name == "upper") {
      std::string capitals = text(value);
      for (char& letter : capitals)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
      return capitals;
    } else {
      fail("no method '" + name + "'");
    }
    return 0L;
  }

  std::vector<std::string> lines_;
  std::map<std::string, Function> functions_;
  std::string printed_;
  Value returned_;
  std::string source_;
  std::size_t at_ = 0;
};

}  // namespace

std::string run_python_subset(const std::string& program) { return Interpreter().run(program); }

}  // namespace reckon::test
