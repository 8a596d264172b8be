#include "engine/template/operators.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

[[noreturn]] void unsupported(std::string_view operation, const Value& left, const Value& right) {
  left.require_defined();
  right.require_defined();
  throw Failure(fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", operation, left.type_name(),
                            right.type_name()));
}

[[noreturn]] void out_of_range() { throw Failure("an integer out of the 64-bit range"); }

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == -1) {
    std::int64_t result;
    if (__builtin_sub_overflow(std::int64_t{0}, a, &result)) out_of_range();
    return result;
  }
  const std::int64_t quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) out_of_range();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) out_of_range();
  }
  return result;
}

Value on_integers(std::string_view operation, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (operation == "+") {
    if (__builtin_add_overflow(a, b, &result)) out_of_range();
  } else if (operation == "-") {
    if (__builtin_sub_overflow(a, b, &result)) out_of_range();
  } else if (operation == "*") {
    if (__builtin_mul_overflow(a, b, &result)) out_of_range();
  } else if (operation == "**") {
    if (b < 0) {
      if (a == 0) throw Failure("0 cannot be raised to a negative power");
      return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
    }
    if (a == 0 || a == 1) return Value(b == 0 ? std::int64_t{1} : a);
    if (a == -1) return Value(b % 2 == 0 ? std::int64_t{1} : a);
    result = power(a, b);
  } else {
    if (b == 0) throw Failure("division by zero");
    if (operation == "/") return Value(static_cast<double>(a) / static_cast<double>(b));
    if (operation == "//") {
      result = floor_divide(a, b);
    } else {
      result = b == -1 ? 0 : a - floor_divide(a, b) * b;
    }
  }
  return Value(result);
}

Value on_reals(std::string_view operation, double a, double b) {
  if (operation == "+") return Value(a + b);
  if (operation == "-") return Value(a - b);
  if (operation == "*") return Value(a * b);
  if (operation == "**") return Value(std::pow(a, b));
  if (b == 0) throw Failure("division by zero");
  if (operation == "/") return Value(a / b);
  if (operation == "//") return Value(std::floor(a / b));
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  return Value(rest);
}

Value repeated(const Value& value, std::int64_t times) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(0, times));
  if (value.is_text()) {
    const std::string& text = value.as_text();
    if (!text.empty() && count > (std::size_t{1} << 40) / text.size()) throw Failure("a text too long");
    spend_bytes(text.size() * count);
    std::string result;
    result.reserve(text.size() * count);
    for (std::size_t i = 0; i < count && !text.empty(); ++i) result += text;
    return Value(std::move(result));
  }
  const List& list = value.as_list();
  if (!list.items.empty() && count > kMaxListItems / list.items.size()) throw Failure("a list too long");
  std::vector<Value> items;
  for (std::size_t i = 0; i < count && !list.items.empty(); ++i) {
    items.insert(items.end(), list.items.begin(), list.items.end());
  }
  return make_list(std::move(items), list.flavor);
}

bool is_sequence(const Value& value) {
  return value.is_list() &&
         (value.as_list().flavor == List::Flavor::list || value.as_list().flavor == List::Flavor::tuple);
}

}  // namespace

Value negated(const Value& value) {
  if (value.is_real()) return Value(-value.as_real());
  if (!value.is_number()) unsupported("unary -", value, value);
  return on_integers("-", 0, value.as_int());
}

Value arithmetic(std::string_view operation, const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) {
    if (left.is_real() || right.is_real()) return on_reals(operation, left.as_real(), right.as_real());
    return on_integers(operation, left.as_int(), right.as_int());
  }
  if (operation == "+") {
    if (left.is_text() && right.is_text()) {
      spend_bytes(left.as_text().size() + right.as_text().size());
      if (left.is_markup() || right.is_markup()) {
        const auto part = [](const Value& v) {
          return v.is_markup() ? v.as_text() : escape_html(v.as_text());
        };
        return Value::markup(part(left) + part(right));
      }
      return Value(left.as_text() + right.as_text());
    }
    if (is_sequence(left) && is_sequence(right) && left.as_list().flavor == right.as_list().flavor) {
      std::vector<Value> items = left.as_list().items;
      items.insert(items.end(), right.as_list().items.begin(), right.as_list().items.end());
      return make_list(std::move(items), left.as_list().flavor);
    }
  }
  if (operation == "*") {
    const bool left_count = left.is_int() || left.is_bool();
    const bool right_count = right.is_int() || right.is_bool();
    if ((left.is_text() || is_sequence(left)) && right_count) return repeated(left, right.as_int());
    if ((right.is_text() || is_sequence(right)) && left_count) return repeated(right, left.as_int());
  }
  if (operation == "%" && left.is_text()) return Value(format_percent(left.as_text(), right));
  unsupported(operation, left, right);
}

bool contains(const Value& container, const Value& item) {
  if (container.is_text()) {
    item.require_defined();
    if (!item.is_text()) {
      throw Failure(fmt::format("'in <string>' requires string as left operand, not {}", item.type_name()));
    }
    spend(container.as_text().size() / 64);
    return container.as_text().find(item.as_text()) != std::string::npos;
  }
  if (container.is_dict()) return container.as_dict().find(item) != nullptr;
  for (const Value& known : iterate(container)) {
    if (equal(known, item)) return true;
  }
  return false;
}

bool compare(std::string_view operation, const Value& left, const Value& right) {
  if (operation == "==") return equal(left, right);
  if (operation == "!=") return !equal(left, right);
  if (operation == "in") return contains(right, left);
  if (operation == "not in") return !contains(right, left);
  const bool not_a_number =
      (left.is_real() && std::isnan(left.as_real())) || (right.is_real() && std::isnan(right.as_real()));
  const int sign = order(left, right);
  if (not_a_number) return false;
  if (operation == "<") return sign < 0;
  if (operation == ">") return sign > 0;
  return operation == "<=" ? sign <= 0 : sign >= 0;
}

}  // namespace reckon::engine::jinja
