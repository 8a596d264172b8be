#pragma once
// Arguments of a built-in function, filter or method, matched to parameter names.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

class Bound {
 public:
  /// Failures: too many arguments, an unknown name, one given twice.
  Bound(std::string_view function, const Arguments& arguments, std::initializer_list<const char*> names);

  /// Given at all (None too).
  bool has(std::size_t index) const { return values_[index] != nullptr; }
  /// Failure: not given.
  const Value& at(std::size_t index) const;
  Value value(std::size_t index, Value fallback = {}) const {
    return has(index) ? at(index) : std::move(fallback);
  }
  /// Failure: not a str.
  const std::string& text(std::size_t index) const;
  /// Failure: not an int. `fallback` when not given.
  std::int64_t integer(std::size_t index, std::int64_t fallback) const;
  bool flag(std::size_t index, bool fallback) const { return has(index) ? truth(at(index)) : fallback; }

 private:
  std::string function_;
  std::vector<const char*> names_;
  std::vector<const Value*> values_;
};

}  // namespace reckon::engine::jinja
