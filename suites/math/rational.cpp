#include "suites/math/rational.h"

#include <algorithm>
#include <cctype>

namespace reckon::suites::math {
namespace {

void divide_by_power(Rational& value, ulong base, std::size_t exponent) {
  fmpz_set_ui(fmpq_denref(value.get()), base);
  fmpz_pow_ui(fmpq_denref(value.get()), fmpq_denref(value.get()), exponent);
  fmpq_canonicalise(value.get());
}

}  // namespace

std::string Rational::text() const {
  char* raw = fmpq_get_str(nullptr, 10, value_);
  std::string text = raw;
  flint_free(raw);
  return text;
}

std::optional<Rational> decimal_value(std::string_view digits) {
  if (digits.size() > kMaxDigits) return std::nullopt;
  const std::size_t dot = digits.find('.');
  std::string all(digits.substr(0, dot));
  std::size_t places = 0;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = digits.substr(dot + 1);
    places = fraction.size();
    all += fraction;
  }
  if (all.empty() ||
      !std::all_of(all.begin(), all.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return std::nullopt;
  }
  Rational value;
  if (fmpz_set_str(fmpq_numref(value.get()), all.c_str(), 10) != 0) return std::nullopt;
  if (places > 0) {
    divide_by_power(value, 10, places);
  }
  return value;
}

std::optional<Rational> based_value(std::string_view digits, int base) {
  if (digits.empty() || digits.size() > kMaxDigits || base < 2 || base > 36) return std::nullopt;
  std::string all;
  std::size_t places = 0;
  bool behind_point = false;
  for (const char c : digits) {
    if (c == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    const int digit = std::isdigit(static_cast<unsigned char>(c)) != 0   ? c - '0'
                      : std::isalpha(static_cast<unsigned char>(c)) != 0 ? std::toupper(c) - 'A' + 10
                                                                         : 99;
    if (digit >= base) return std::nullopt;
    all += c;
    places += behind_point ? 1 : 0;
  }
  Rational value;
  if (all.empty() || fmpz_set_str(fmpq_numref(value.get()), all.c_str(), base) != 0) return std::nullopt;
  divide_by_power(value, static_cast<ulong>(base), places);
  return value;
}

}  // namespace reckon::suites::math
