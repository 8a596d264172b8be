// The ways in which a generated answer is written.

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "tests/suites/math/generated_answers.h"

namespace reckon::suites::math::generated {
namespace {

std::string grouped(long value, Random& random) {
  std::string digits = std::to_string(std::labs(value));
  if (digits.size() > 3) {
    static const char* kSeparators[] = {"", "", ",\\!", "{,}", "\\,"};
    const std::string separator = kSeparators[random.below(5)];
    digits.insert(digits.size() - 3, separator);
  }
  return (value < 0 ? "-" : "") + digits;
}

/// numerator / denominator, not both reduced.
std::string fraction(long numerator, long denominator, Random& random, Written& written) {
  const long common = std::gcd(numerator, denominator);
  numerator /= common;
  denominator /= common;
  if (denominator == 1) return grouped(numerator, random);
  const std::string sign = numerator < 0 ? "-" : "";
  const long top = std::labs(numerator);
  switch (random.below(7)) {
    case 0:
      return sign + "\\dfrac{" + std::to_string(top) + "}{" + std::to_string(denominator) + "}";
    case 1:
      return sign + std::to_string(top) + "/" + std::to_string(denominator);
    case 2: {
      const long k = random.between(2, 5);
      return sign + "\\frac{" + std::to_string(top * k) + "}{" + std::to_string(denominator * k) + "}";
    }
    case 3:
      if (top < 10 && denominator < 10)
        return sign + "\\frac" + std::to_string(top) + std::to_string(denominator);
      break;
    case 4:
      if (top > denominator) {
        // Minerva's parser takes a mixed number for a product; Math-Verify's does not know a sign before one.
        written.restrict_to(kStrict);
        return sign + std::to_string(top / denominator) + "\\frac{" + std::to_string(top % denominator) +
               "}{" + std::to_string(denominator) + "}";
      }
      break;
    case 5:
      if (1000 % denominator == 0) {
        const long thousandths = top * (1000 / denominator);
        std::string places = std::to_string(thousandths % 1000);
        places.insert(0, 3 - places.size(), '0');
        return sign + std::to_string(thousandths / 1000) + "." + places;
      }
      break;
    default:
      break;
  }
  return sign + "\\tfrac{" + std::to_string(top) + "}{" + std::to_string(denominator) + "}";
}

std::string radical(const Number& number, Random& random, Written& written) {
  const std::string root = random.chance(20)   ? "√" + std::to_string(number.c)
                           : random.chance(30) ? "\\sqrt " + std::to_string(number.c)
                                               : "\\sqrt{" + std::to_string(number.c) + "}";
  // Minerva takes \\sqrt 10 for \\sqrt{1}0.
  const bool two_digits = root.find('{') == std::string::npos && number.c >= 10;
  if (root.front() != '\\' || two_digits) written.restrict_to(kStrict | kMathVerify);
  const std::string b = std::labs(number.b) == 1 ? "" : std::to_string(std::labs(number.b));
  const std::string term = b + root;
  std::string top;
  if (number.a == 0) {
    top = (number.b < 0 ? "-" : "") + term;
  } else if (random.chance(50)) {
    top = std::to_string(number.a) + (number.b < 0 ? "-" : "+") + term;
  } else {
    top = (number.b < 0 ? "-" : "") + term + (number.a < 0 ? "-" : "+") + std::to_string(std::labs(number.a));
  }
  if (number.d == 1) return random.chance(20) ? "(" + top + ")" : top;
  return random.chance(70) ? "\\frac{" + top + "}{" + std::to_string(number.d) + "}"
                           : "(" + top + ")/" + std::to_string(number.d);
}

std::string number_text(const Number& number, Random& random, Written& written) {
  if (number.b != 0) return radical(number, random, written);
  if (number.pi && number.a != 0) {
    Written no_mixed = written;
    std::string factor = number.d == 1
                             ? std::to_string(number.a)
                             : "\\frac{" + std::to_string(number.a) + "}{" + std::to_string(number.d) + "}";
    if (random.chance(30)) {
      written.restrict_to(kStrict | kMathVerify);
      return factor + "π";
    }
    return random.chance(50) ? factor + "\\pi" : factor + " \\cdot \\pi";
  }
  return fraction(number.a, number.d, random, written);
}

std::string term_text(const Number& coefficient, const std::string& variable, bool first, Random& random,
                      Written& written) {
  const long common = std::gcd(coefficient.a, coefficient.d);
  const long a = coefficient.a / common;
  const long d = coefficient.d / common;
  std::string text = a < 0 ? "-" : first ? "" : "+";
  const long size = std::labs(a);
  if (d == 1) {
    text += size == 1 && !variable.empty() ? "" : std::to_string(size);
  } else {
    text += "\\frac{" + std::to_string(size) + "}{" + std::to_string(d) + "}";
  }
  if (variable.empty()) return text;
  if (random.chance(15) && (size != 1 || d != 1)) {
    // Minerva takes the spaces out, and "\\cdotx" is no command.
    written.restrict_to(kStrict | kMathVerify);
    text += "\\cdot ";
  }
  return text + variable;
}

std::string power_text(std::size_t exponent) {
  return exponent == 0 ? ""
         : exponent == 1
             ? "x"
             : "x^" + (exponent < 10 ? std::to_string(exponent) : "{" + std::to_string(exponent) + "}");
}

std::string polynomial_text(const Answer& answer, Random& random, Written& written) {
  std::vector<std::size_t> order(answer.items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<long>(i)))]);
  std::string text;
  for (const std::size_t k : order) {
    if (answer.items[k].a == 0) continue;
    text += term_text(answer.items[k], power_text(k), text.empty(), random, written);
  }
  return text;
}

std::string equation_text(const Answer& answer, Random& random, Written& written) {
  const long scale = random.chance(40) ? random.between(2, 4) * (random.chance(50) ? 1 : -1) : 1;
  std::string left;
  std::string right;
  const char* names[] = {"x", "y", "z", ""};
  for (std::size_t i = 0; i < 4; ++i) {
    Number coefficient = answer.items[i];
    if (coefficient.a == 0) continue;
    coefficient.a *= scale;
    const bool move = i > 0 && random.chance(30);
    if (move) coefficient.a = -coefficient.a;
    std::string& side = move ? right : left;
    side += term_text(coefficient, names[i], side.empty(), random, written);
  }
  written.restrict_to(kStrict | kMathVerify);
  return left + "=" + (right.empty() ? "0" : right);
}

std::string joined(std::vector<Number> items, bool any_order, Random& random, Written& written) {
  if (any_order) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(random.below(static_cast<long>(i)))]);
  }
  std::string text;
  for (const Number& item : items)
    text += (text.empty() ? "" : random.chance(50) ? ", " : ",\\ ") + number_text(item, random, written);
  return text;
}

}  // namespace

std::string based_text(long value, long base) {
  std::string digits;
  for (; value > 0; value /= base) digits.insert(digits.begin(), static_cast<char>('0' + value % base));
  return digits;
}

Written write(const Answer& answer, Random& random) {
  Written written;
  std::string& text = written.text;
  switch (answer.shape) {
    case Shape::number:
      text = number_text(answer.items[0], random, written);
      break;
    case Shape::assignment:
      text = number_text(answer.items[0], random, written);
      if (random.chance(60)) text = "x = " + text;
      break;
    case Shape::percent:
      text = std::to_string(answer.items[0].a);
      if (random.chance(70)) {
        text += random.chance(50) ? "\\%" : "%";
        written.restrict_to(kStrict | kMathVerify);
      } else {
        written.restrict_to(kStrict | kMathVerify);
      }
      break;
    case Shape::degrees: {
      text = std::to_string(answer.items[0].a);
      const long style = random.below(4);
      if (style == 0) text += "^\\circ";
      if (style == 1) text += "^{\\circ}";
      if (style == 2) text += "°";
      if (style != 0) written.restrict_to(kStrict);
      if (style == 3) written.restrict_to(kStrict);
      written.restrict_to(kStrict);
      break;
    }
    case Shape::based: {
      const std::string base = std::to_string(answer.base);
      text =
          based_text(answer.items[0].a, answer.base) + (random.chance(50) ? "_" + base : "_{" + base + "}");
      written.restrict_to(kStrict);
      break;
    }
    case Shape::polynomial:
      text = polynomial_text(answer, random, written);
      break;
    case Shape::equation:
      text = equation_text(answer, random, written);
      break;
    case Shape::list:
      text = joined(answer.items, true, random, written);
      written.restrict_to(kStrict | kMathVerify);
      break;
    case Shape::set:
      text = joined(answer.items, true, random, written);
      if (random.chance(80))
        text = random.chance(50) ? "\\{" + text + "\\}" : "\\left\\{ " + text + " \\right\\}";
      written.restrict_to(kStrict | kMathVerify);
      break;
    case Shape::tuple:
      text = joined(answer.items, false, random, written);
      text = random.chance(50) ? "(" + text + ")" : "\\left( " + text + " \\right)";
      written.restrict_to(kStrict | kMathVerify);
      break;
    case Shape::matrix: {
      const std::string kind = random.chance(50) ? "pmatrix" : "bmatrix";
      text = "\\begin{" + kind + "}";
      for (std::size_t i = 0; i < answer.items.size(); ++i) {
        const bool end = static_cast<long>(i) % answer.columns == answer.columns - 1;
        text += " " + number_text(answer.items[i], random, written) + (end ? " \\\\" : " &");
      }
      text += " \\end{" + kind + "}";
      written.restrict_to(kStrict | kMathVerify);
      break;
    }
    case Shape::interval: {
      const std::string low = number_text(answer.items[0], random, written);
      const std::string high = number_text(answer.items[1], random, written);
      const long style = random.below(3);
      if (style == 0) {
        text = low + (answer.low_closed ? " \\le " : " < ") + "x" + (answer.high_closed ? " \\leq " : " < ") +
               high;
        written.restrict_to(kStrict);
      } else {
        text =
            std::string(answer.low_closed ? "[" : "(") + low + ", " + high + (answer.high_closed ? "]" : ")");
        if (style == 1) text = "x \\in " + text;
      }
      written.restrict_to(kStrict | kMathVerify);
      break;
    }
  }
  if (random.chance(15)) text = "$" + text + "$";
  if (random.chance(10)) text = "\\boxed{" + text + "}";
  if (random.chance(15)) text = " " + text + " ";
  if (random.chance(10)) text += ".";
  if (text.find("boxed") != std::string::npos || text.find('.') == text.size() - 1)
    written.restrict_to(kStrict | kMathVerify);
  return written;
}

}  // namespace reckon::suites::math::generated
