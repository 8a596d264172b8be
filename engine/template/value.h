#pragma once
// Values while a template runs: Python's, as far as templates see them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace reckon::engine::jinja {

/// What went wrong while rendering; the interpreter adds the template's name and line.
class Failure : public std::exception {
 public:
  explicit Failure(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// What a rendering may still spend. One is in force per thread while a template renders.
struct Budget {
  std::size_t steps;
  std::size_t bytes;  ///< of all texts and lists made, also those thrown away
};
/// Puts a budget in force until the end of the scope.
class BudgetScope {
 public:
  explicit BudgetScope(Budget& budget);
  ~BudgetScope();
  BudgetScope(const BudgetScope&) = delete;
  BudgetScope& operator=(const BudgetScope&) = delete;

 private:
  Budget* outer_;
};
/// Counts steps of work. Failure: the template takes more than it may.
void spend(std::size_t steps);
/// Counts bytes made or walked through (64 are one step). Failure likewise.
void spend_bytes(std::size_t bytes);

/// Values nested deeper than this are refused: taking them apart recurses.
constexpr int kMaxValueDepth = 200;
constexpr std::size_t kMaxListItems = 2'000'000;

struct List;
struct Dict;
class Object;
class Interpreter;

struct Undefined {
  std::shared_ptr<const std::string> why;  ///< message of the error that using it gives
};
struct None {};
struct Text {
  std::shared_ptr<const std::string> text;
  bool markup = false;  ///< made by safe or escape: a text added to it is escaped
};

class Value {
 public:
  Value() : data_(None{}) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(Text{std::make_shared<const std::string>(std::move(value))}) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(std::shared_ptr<List> value) : data_(std::move(value)) {}
  Value(std::shared_ptr<Dict> value) : data_(std::move(value)) {}
  Value(std::shared_ptr<Object> value) : data_(std::move(value)) {}

  static Value undefined(std::string why);
  static Value markup(std::string text);
  static Value integer(std::size_t value) { return Value(static_cast<std::int64_t>(value)); }

  bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_real() const { return std::holds_alternative<double>(data_); }
  bool is_number() const { return is_bool() || is_int() || is_real(); }
  bool is_text() const { return std::holds_alternative<Text>(data_); }
  bool is_markup() const { return is_text() && std::get<Text>(data_).markup; }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<List>>(data_); }
  bool is_dict() const { return std::holds_alternative<std::shared_ptr<Dict>>(data_); }
  bool is_object() const { return std::holds_alternative<std::shared_ptr<Object>>(data_); }

  // Each is to be asked only of a value of that kind.
  bool as_bool() const { return std::get<bool>(data_); }
  const std::string& as_text() const { return *std::get<Text>(data_).text; }
  List& as_list() const { return *std::get<std::shared_ptr<List>>(data_); }
  const Dict& as_dict() const { return *std::get<std::shared_ptr<Dict>>(data_); }
  const std::shared_ptr<Object>& as_object() const { return std::get<std::shared_ptr<Object>>(data_); }

  /// Of a bool or integer.
  std::int64_t as_int() const { return is_bool() ? (as_bool() ? 1 : 0) : std::get<std::int64_t>(data_); }
  /// Of any number.
  double as_real() const { return is_real() ? std::get<double>(data_) : static_cast<double>(as_int()); }

  /// Throws the Failure that using an undefined value gives; does nothing for others.
  void require_defined() const;
  /// Levels of nesting, 0 for what holds no other values.
  int depth() const;
  /// Python's name of the type: "str", "int", "list" ...
  std::string type_name() const;
  /// Equal only for the same object (or equal None, bools): Python's `is`.
  bool same_as(const Value& other) const;

 private:
  std::variant<None, Undefined, bool, std::int64_t, double, Text, std::shared_ptr<List>,
               std::shared_ptr<Dict>, std::shared_ptr<Object>>
      data_;
};

/// Everything that is walked through in order. Never changed once made, but for a generator being used up.
struct List {
  enum class Flavor { list, tuple, range, view, generator };
  std::vector<Value> items;
  Flavor flavor = Flavor::list;
  int depth = 1;
  bool used_up = false;
};

/// Failures: nested too deeply, too long.
Value make_list(std::vector<Value> items, List::Flavor flavor = List::Flavor::list);

/// A dict in the order of insertion.
struct Dict {
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  void insert(const Value& key, Value value);  ///< Failure: unhashable key, nested too deeply

  std::vector<std::pair<Value, Value>> members;
  int depth = 1;

 private:
  static std::string hash_key(const Value& key);
  std::unordered_map<std::string, std::size_t> places_;
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// Functions, macros, namespaces, loops: what has attributes or can be called.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string type_name() const = 0;
  virtual std::string text() const { return "<" + type_name() + ">"; }
  virtual std::optional<Value> attribute(std::string_view) const { return std::nullopt; }
  virtual bool callable() const { return false; }
  virtual Value call(Interpreter&, Arguments&) {
    throw Failure("'" + type_name() + "' object is not callable");
  }
  virtual int depth() const { return 0; }
};

/// {% set ns.x = ... %} is the only change of a value that templates can make.
class Namespace : public Object {
 public:
  std::string type_name() const override { return "Namespace"; }
  std::string text() const override;
  std::optional<Value> attribute(std::string_view name) const override;
  void set(const std::string& name, Value value);
  void clear() { values_.clear(); }

 private:
  std::vector<std::pair<std::string, Value>> values_;
};

class Function : public Object {
 public:
  using Body = std::function<Value(Interpreter&, Arguments&)>;
  /// `held` are values that `body` captures: they count for the depth.
  Function(std::string name, Body body, int held_depth = 0)
      : name_(std::move(name)), body_(std::move(body)), depth_(held_depth + 1) {}
  std::string type_name() const override { return "function"; }
  std::string text() const override { return "<function " + name_ + ">"; }
  bool callable() const override { return true; }
  Value call(Interpreter& interpreter, Arguments& arguments) override {
    return body_(interpreter, arguments);
  }
  int depth() const override { return depth_; }

 private:
  std::string name_;
  Body body_;
  int depth_;
};

Value make_function(std::string name, Function::Body body, const Value& held = {});

bool truth(const Value& value);
bool equal(const Value& left, const Value& right);
/// -1, 0, 1. Failure: types that have no order.
int order(const Value& left, const Value& right);
/// Python's len(). Failure: no length.
std::size_t length(const Value& value);
/// Items in the order of a for loop: list items, dict keys, characters; none of an undefined value. A
/// generator is used up. Failure: not iterable.
std::vector<Value> iterate(const Value& value);

}  // namespace reckon::engine::jinja
