#include "engine/template/globals.h"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

#include "base/utf8.h"
#include "engine/template/arguments.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

constexpr std::int64_t kMaxRange = 100'000;  // as in Jinja's sandbox

Value range(Interpreter&, Arguments& arguments) {
  const Bound bound("range", arguments, {"start", "stop", "step"});
  bound.at(0);
  const std::int64_t start = bound.has(1) ? bound.integer(0, 0) : 0;
  const std::int64_t stop = bound.has(1) ? bound.integer(1, 0) : bound.integer(0, 0);
  const std::int64_t step = bound.integer(2, 1);
  if (step == 0) throw Failure("range() arg 3 must not be zero");
  std::vector<Value> items;
  std::int64_t at = start;
  while (step > 0 ? at < stop : at > stop) {
    if (static_cast<std::int64_t>(items.size()) >= kMaxRange) {
      throw Failure(
          fmt::format("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({}).", kMaxRange));
    }
    items.emplace_back(at);
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return make_list(std::move(items), List::Flavor::range);
}

// Members of dict(...) and namespace(...): a dict or pairs, then keywords.
std::shared_ptr<Dict> members_of(std::string_view function, const Arguments& arguments) {
  auto dict = std::make_shared<Dict>();
  if (arguments.positional.size() > 1) {
    throw Failure(
        fmt::format("{} expected at most 1 argument, got {}", function, arguments.positional.size()));
  }
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    if (from.is_dict()) {
      for (const auto& [key, value] : from.as_dict().members) dict->insert(key, value);
    } else {
      for (const Value& pair : iterate(from)) {
        const auto parts = iterate(pair);
        if (parts.size() != 2) throw Failure(fmt::format("{}: an item is no pair", function));
        dict->insert(parts[0], parts[1]);
      }
    }
  }
  for (const auto& [name, value] : arguments.named) dict->insert(Value(name), value);
  return dict;
}

Value make_dict(Interpreter&, Arguments& arguments) { return Value(members_of("dict", arguments)); }

Value make_namespace(Interpreter& interpreter, Arguments& arguments) {
  const auto members = members_of("namespace", arguments);
  const auto space = interpreter.new_namespace();
  for (const auto& [key, value] : members->members) {
    if (!key.is_text()) throw Failure("namespace: names should be texts");
    space->set(key.as_text(), value);
  }
  return Value(std::shared_ptr<Object>(space));
}

Value raise_exception(Interpreter&, Arguments& arguments) {
  const Bound bound("raise_exception", arguments, {"message"});
  throw Failure(to_text(bound.at(0)));
}

Value strftime_now(Interpreter& interpreter, Arguments& arguments) {
  const Bound bound("strftime_now", arguments, {"format"});
  const std::string& format = bound.text(0);
  const std::time_t now = interpreter.options().now_unix_seconds
                              ? static_cast<std::time_t>(*interpreter.options().now_unix_seconds)
                              : std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  if (gmtime_r(&now, &parts) == nullptr) throw Failure("strftime_now: a date out of range");
  if (format.size() > 1000) throw Failure("strftime_now: a format too long");
  // The added character tells an empty result from one that does not fit. Widths ("%99999d") are a system's
  // own addition and could ask for any size: the buffer bounds them.
  std::string buffer(16'384, '\0');
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), (format + ".").c_str(), &parts);
  if (length == 0) throw Failure("strftime_now: the result is too long");
  return Value(utf8::replace_invalid(std::string_view(buffer).substr(0, length - 1)));
}

// Nothing on the first call, the separator on each one after.
Value joiner(Interpreter&, Arguments& arguments) {
  const Bound bound("joiner", arguments, {"sep"});
  const std::string separator = bound.has(0) ? to_text(bound.at(0)) : ", ";
  auto used = std::make_shared<bool>(false);
  return make_function("joiner", [separator, used](Interpreter&, Arguments&) {
    return std::exchange(*used, true) ? Value(separator) : Value("");
  });
}

class Cycler : public Object, public std::enable_shared_from_this<Cycler> {
 public:
  explicit Cycler(Value items) : items_(std::move(items)) {}
  std::string type_name() const override { return "Cycler"; }
  int depth() const override { return items_.depth() + 1; }
  std::optional<Value> attribute(std::string_view name) const override {
    if (name == "current") return items()[at_];
    const auto self = std::const_pointer_cast<Cycler>(shared_from_this());
    if (name == "next") {
      return make_function(
          "next",
          [self](Interpreter&, Arguments&) {
            Value item = self->items()[self->at_];
            self->at_ = (self->at_ + 1) % self->items().size();
            return item;
          },
          items_);
    }
    if (name == "reset") {
      return make_function(
          "reset",
          [self](Interpreter&, Arguments&) {
            self->at_ = 0;
            return Value();
          },
          items_);
    }
    return std::nullopt;
  }

 private:
  const std::vector<Value>& items() const { return items_.as_list().items; }
  Value items_;  // a list, not empty
  std::size_t at_ = 0;
};

Value cycler(Interpreter&, Arguments& arguments) {
  if (arguments.positional.empty()) throw Failure("at least one item has to be provided");
  auto made = std::make_shared<Cycler>(make_list(arguments.positional));
  if (made->depth() + 1 > kMaxValueDepth) throw Failure("values nested too deeply");
  return Value(std::shared_ptr<Object>(std::move(made)));
}

}  // namespace

void define_globals(Scope& scope) {
  scope.set("range", make_function("range", range));
  scope.set("dict", make_function("dict", make_dict));
  scope.set("namespace", make_function("namespace", make_namespace));
  scope.set("raise_exception", make_function("raise_exception", raise_exception));
  scope.set("strftime_now", make_function("strftime_now", strftime_now));
  scope.set("joiner", make_function("joiner", joiner));
  scope.set("cycler", make_function("cycler", cycler));
}

}  // namespace reckon::engine::jinja
