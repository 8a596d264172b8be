// Filters of single values, and the list of all filters.

#include "engine/template/filters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "engine/template/access.h"
#include "engine/template/arguments.h"
#include "engine/template/interpreter.h"
#include "engine/template/operators.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

Value default_value(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("default", arguments, {"default_value", "boolean"});
  const bool use = input.is_undefined() || (bound.flag(1, false) && !truth(input));
  return use ? bound.value(0, Value("")) : input;
}

Value length_of(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("length", arguments, {});
  return Value::integer(length(input));
}

Value to_list(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("list", arguments, {});
  return make_list(iterate(input));
}

Value as_string(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("string", arguments, {});
  return Value(to_text(input));
}

// Python's float(text): nullopt if it is none.
std::optional<double> parse_real(std::string_view text) {
  text = strip(text, std::nullopt, true, true);
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  std::string_view body = digits;
  if (body.starts_with('+')) body.remove_prefix(1);
  double number = 0;
  const auto result = std::from_chars(body.data(), body.data() + body.size(), number);
  if (result.ec != std::errc{} || result.ptr != body.data() + body.size() || body.empty())
    return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
  text = strip(text, std::nullopt, true, true);
  bool negative = false;
  if (text.starts_with('+') || text.starts_with('-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const auto skip_mark = [&](int marked, char lower, char upper) {
    if ((base == marked || base == 0) && text.size() > 2 && text[0] == '0' &&
        (text[1] == lower || text[1] == upper)) {
      text.remove_prefix(2);
      base = marked;
    }
  };
  skip_mark(16, 'x', 'X');
  skip_mark(8, 'o', 'O');
  skip_mark(2, 'b', 'B');
  std::string digits(negative ? "-" : "");
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  std::int64_t number = 0;
  const auto result =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base == 0 ? 10 : base);
  const bool whole = result.ec == std::errc{} && result.ptr == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> whole_part(double number) {
  if (!(std::fabs(number) < 9.2e18)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Value to_int(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("int", arguments, {"default", "base"});
  const Value fallback = bound.value(0, Value(std::int64_t{0}));
  const std::int64_t base = bound.integer(1, 10);
  if (base != 0 && (base < 2 || base > 36)) throw Failure("int() base must be from 2 to 36, or 0");
  input.require_defined();
  std::optional<std::int64_t> number;
  if (input.is_int() || input.is_bool()) {
    number = input.as_int();
  } else if (input.is_real()) {
    if (std::isinf(input.as_real())) throw Failure("cannot convert float infinity to integer");
    number = whole_part(input.as_real());
  } else if (input.is_text()) {
    number = parse_integer(input.as_text(), static_cast<int>(base));
    if (!number) {
      if (const auto real = parse_real(input.as_text())) number = whole_part(*real);
    }
  }
  return number ? Value(*number) : fallback;
}

Value to_float(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("float", arguments, {"default"});
  const Value fallback = bound.value(0, Value(0.0));
  input.require_defined();
  if (input.is_number()) return Value(input.as_real());
  if (!input.is_text()) return fallback;
  const auto number = parse_real(input.as_text());
  return number ? Value(*number) : fallback;
}

Value absolute(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("abs", arguments, {});
  input.require_defined();
  if (!input.is_number()) throw Failure(fmt::format("bad operand type for abs(): '{}'", input.type_name()));
  if (input.is_real()) return Value(std::fabs(input.as_real()));
  return input.as_int() < 0 ? negated(input) : Value(input.as_int());
}

Value rounded(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("round", arguments, {"precision", "method"});
  const std::int64_t precision = bound.integer(0, 0);
  const std::string method = bound.has(1) ? bound.text(1) : "common";
  if (method != "common" && method != "ceil" && method != "floor") {
    throw Failure("round: method must be common, ceil or floor");
  }
  input.require_defined();
  if (!input.is_number()) throw Failure(fmt::format("type {} cannot be rounded", input.type_name()));
  if (precision < -300 || precision > 300) throw Failure("round: a precision out of range");
  if (method == "common") {
    if (!input.is_real() && precision >= 0) return Value(input.as_int());
    // Correctly rounded, ties to even on the exact value: through decimal digits.
    if (precision >= 0 && std::isfinite(input.as_real())) {
      return Value(*parse_real(fmt::format("{:.{}f}", input.as_real(), precision)));
    }
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    const double result = std::nearbyint(input.as_real() / scale) * scale;
    if (input.is_real()) return Value(result);
    const auto whole = whole_part(result);
    if (!whole) throw Failure("round: an integer out of the 64-bit range");
    return Value(*whole);
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = input.as_real() * scale;
  return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Value to_json_text(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style;
  style.ensure_ascii = bound.flag(0, false);
  style.sort_keys = bound.flag(3, false);
  if (bound.has(1) && !bound.at(1).is_none()) {
    const Value& indent = bound.at(1);
    if (indent.is_text()) {
      style.indent = indent.as_text();
    } else {
      style.indent =
          std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(bound.integer(1, 0), 0, 1000)), ' ');
    }
    style.item_separator.assign(1, ',');
  }
  if (bound.has(2) && !bound.at(2).is_none()) {
    const std::vector<Value> pair = iterate(bound.at(2));
    if (pair.size() != 2 || !pair[0].is_text() || !pair[1].is_text()) {
      throw Failure("tojson: separators should be two texts");
    }
    style.item_separator = pair[0].as_text();
    style.key_separator = pair[1].as_text();
  }
  std::string text = to_json(input, style);
  spend_bytes(text.size());
  return Value(std::move(text));
}

Value attribute_filter(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("attr", arguments, {"name"});
  input.require_defined();
  // Only attributes: a dict's members are no attributes.
  if (input.is_dict() && find_method(input, bound.text(0)) == nullptr) {
    return Value::undefined(fmt::format("'dict object' has no attribute '{}'", bound.text(0)));
  }
  return attribute_of(input, bound.text(0));
}

Value items_of(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("items", arguments, {});
  std::vector<Value> pairs;
  if (!input.is_undefined()) {
    if (!input.is_dict()) throw Failure("Can only get item pairs from a mapping.");
    for (const auto& [key, value] : input.as_dict().members) {
      pairs.push_back(make_list({key, value}, List::Flavor::tuple));
    }
  }
  return make_list(std::move(pairs), List::Flavor::generator);
}

struct Named {
  std::string_view name;
  Filter filter;
};

}  // namespace

Filter find_filter(std::string_view name) {
  static constexpr Named kFilters[] = {
      {"default", default_value}, {"d", default_value},  {"length", length_of},    {"count", length_of},
      {"list", to_list},          {"string", as_string}, {"int", to_int},          {"float", to_float},
      {"abs", absolute},          {"round", rounded},    {"tojson", to_json_text}, {"attr", attribute_filter},
      {"items", items_of},
  };
  const auto* found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                   [&](const Named& known) { return known.name == name; });
  if (found != std::end(kFilters)) return found->filter;
  if (const Filter filter = find_text_filter(name)) return filter;
  return find_sequence_filter(name);
}

}  // namespace reckon::engine::jinja
