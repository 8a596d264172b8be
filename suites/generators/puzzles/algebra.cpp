// Arithmetic chains, linear systems, modular arithmetic and polynomial identities.

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "suites/generators/puzzles/puzzle.h"

namespace reckon::suites {
namespace {

// Zero is left out.
int nonzero(CounterRng& rng, int largest) {
  const int value = rng.between(1, largest);
  return rng.chance(50) ? value : -value;
}

// "3x", "- y", "+ 12z" as terms of a sum.
std::string term(int coefficient, const std::string& name, bool first) {
  if (coefficient == 0) return "";
  const std::string sign = first ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
  const int size = std::abs(coefficient);
  return sign + (size == 1 && !name.empty() ? name : fmt::format("{}{}", size, name));
}

std::string sum_text(const std::vector<int>& coefficients, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < coefficients.size(); ++i) text += term(coefficients[i], names[i], text.empty());
  return text.empty() ? "0" : text;
}

// The rank decides whether a system has one solution: fraction-free elimination in 64 bits.
bool is_regular(std::vector<std::vector<std::int64_t>> rows) {
  const std::size_t n = rows.size();
  std::int64_t pivot_before = 1;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    while (pivot < n && rows[pivot][k] == 0) ++pivot;
    if (pivot == n) return false;
    std::swap(rows[k], rows[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      for (std::size_t j = k + 1; j < n; ++j) {
        rows[i][j] = (rows[i][j] * rows[k][k] - rows[i][k] * rows[k][j]) / pivot_before;
      }
    }
    pivot_before = rows[k][k];
  }
  return true;
}

// Coefficients from the constant term up.
using Polynomial = std::vector<int>;

std::string polynomial_text(const Polynomial& polynomial) {
  std::string text;
  for (std::size_t power = polynomial.size(); power-- > 0;) {
    const std::string name = power == 0 ? "" : power == 1 ? "x" : fmt::format("x^{}", power);
    text += term(polynomial[power], name, text.empty());
  }
  return text;
}

Polynomial product(const Polynomial& a, const Polynomial& b) {
  Polynomial result(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) result[i + j] += a[i] * b[j];
  }
  return result;
}

}  // namespace

Puzzle draw_arithmetic_chain(CounterRng& rng, int difficulty) {
  const int steps = 2 + 2 * difficulty;
  std::int64_t value = rng.between(2, 99);
  std::string text = fmt::format("Start with {}.", value);
  for (int step = 0; step < steps; ++step) {
    const int kind = rng.below(4);
    const int small = rng.between(2, 9);
    const int large = rng.between(10, 99 * difficulty);
    if (kind == 0 && std::abs(value) < 100'000) {
      value *= small;
      text += fmt::format(" Multiply by {}.", small);
    } else if (kind == 1) {
      value -= large;
      text += fmt::format(" Subtract {}.", large);
    } else if (kind == 2 && value % small == 0) {
      value /= small;
      text += fmt::format(" Divide by {}.", small);
    } else {
      value += large;
      text += fmt::format(" Add {}.", large);
    }
  }
  return {text + " What is the result?", std::to_string(value)};
}

Puzzle draw_linear_system(CounterRng& rng, int difficulty) {
  static const std::vector<std::string> kNames = {"x", "y", "z", "u", "v"};
  const std::size_t n = difficulty <= 1 ? 2 : difficulty <= 3 ? 3 : static_cast<std::size_t>(difficulty);
  const std::vector<std::string> names(kNames.begin(), kNames.begin() + static_cast<std::ptrdiff_t>(n));
  std::vector<int> solution;
  for (std::size_t i = 0; i < n; ++i) solution.push_back(nonzero(rng, 3 + 3 * difficulty));
  std::vector<std::vector<int>> rows(n);
  for (;;) {
    std::vector<std::vector<std::int64_t>> matrix;
    for (std::vector<int>& row : rows) {
      row.clear();
      for (std::size_t i = 0; i < n; ++i) row.push_back(rng.between(-3 - difficulty, 3 + difficulty));
      matrix.emplace_back(row.begin(), row.end());
    }
    if (is_regular(std::move(matrix))) break;
  }
  std::string text = "Solve the system of equations:";
  for (const std::vector<int>& row : rows) {
    int right = 0;
    for (std::size_t i = 0; i < n; ++i) right += row[i] * solution[i];
    text += fmt::format("\n{} = {}", sum_text(row, names), right);
  }
  const auto asked = static_cast<std::size_t>(rng.below(static_cast<int>(n)));
  return {text + fmt::format("\nWhat is the value of {}?", names[asked]), std::to_string(solution[asked])};
}

Puzzle draw_modular_arithmetic(CounterRng& rng, int difficulty) {
  const std::int64_t modulus = rng.between(5 + 2 * difficulty, 13 * difficulty * difficulty + 20);
  const std::int64_t base = rng.between(2, 12 * difficulty + 10);
  const int exponent = rng.between(2 + difficulty, 6 * difficulty * difficulty + 6);
  const std::int64_t factor = rng.between(2, 50);
  const std::int64_t offset = rng.between(1, 200);
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power = power * base % modulus;
  return {fmt::format("What is the remainder of {} * {}^{} + {} when divided by {}?", factor, base, exponent,
                      offset, modulus),
          std::to_string((factor * power + offset) % modulus)};
}

Puzzle draw_polynomial_identity(CounterRng& rng, int difficulty) {
  const int factors = difficulty <= 2 ? 2 : 3;
  const int degree = 1 + (difficulty + 1) / 2;
  Polynomial whole = {1};
  std::string text;
  for (int i = 0; i < factors; ++i) {
    Polynomial factor;
    const int own_degree = rng.between(1, degree);
    for (int power = 0; power < own_degree; ++power)
      factor.push_back(rng.between(-5 - difficulty, 5 + difficulty));
    factor.push_back(nonzero(rng, 3 + difficulty));
    whole = product(whole, factor);
    text += fmt::format("({})", polynomial_text(factor));
  }
  const int power = rng.below(static_cast<int>(whole.size()));
  const std::string named = power == 0 ? "the constant term" : fmt::format("the coefficient of x^{}", power);
  return {fmt::format("When {} is multiplied out, what is {}?", text, named),
          std::to_string(whole[static_cast<std::size_t>(power)])};
}

}  // namespace reckon::suites
