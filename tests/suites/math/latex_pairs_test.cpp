// The published pairs of LaTeX and SymPy source: one of our readings has SymPy's values at five points, or
// the construct is declared as one that is not evaluated.
//
// latex_values.jsonl holds SymPy's values (benchmarks/agreement/latex_pairs.py --values makes it), and
// latex_declared.jsonl what is declared, by hand: {"pair", "construct", "why"}. Pairs are numbered from 0,
// each distinct one once.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "suites/math/judge.h"
#include "suites/math/value_at.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::math {
namespace {

using Complex = std::complex<double>;

std::vector<rapidjson::Document> lines_of(const std::string& path) {
  std::vector<rapidjson::Document> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    lines.emplace_back();
    lines.back().Parse(line.c_str(), line.size());
  }
  return lines;
}

std::vector<std::string> distinct_latex(const std::string& path) {
  std::vector<std::string> found;
  std::set<std::pair<std::string, std::string>> seen;
  for (const rapidjson::Document& line : lines_of(path)) {
    const rapidjson::Value& column = line["sympy"];
    const std::pair<std::string, std::string> pair(line["latex"].GetString(),
                                                   column.IsString() ? column.GetString() : "None");
    if (seen.insert(pair).second) found.push_back(pair.first);
  }
  return found;
}

bool close(Complex one, Complex two) {
  if (one == two) return true;  // infinities
  return std::abs(one - two) <= 1e-9 * std::max({1.0, std::abs(one), std::abs(two)});
}

/// A number, [real, imaginary], "infinity" or "-infinity".
Complex complex_of(const rapidjson::Value& value) {
  if (value.IsArray()) return {value[0].GetDouble(), value[1].GetDouble()};
  if (!value.IsString()) return {value.GetDouble(), 0};
  return {(value.GetString()[0] == '-' ? -1 : 1) * std::numeric_limits<double>::infinity(), 0};
}

/// The same values in any order.
bool same(std::vector<Complex> ours, const rapidjson::Value& theirs) {
  if (ours.size() != theirs.Size()) return false;
  for (const rapidjson::Value& value : theirs.GetArray()) {
    const Complex wanted = complex_of(value);
    const auto match =
        std::find_if(ours.begin(), ours.end(), [&](Complex one) { return close(one, wanted); });
    if (match == ours.end()) return false;
    ours.erase(match);
  }
  return true;
}

bool agrees_at(const std::string& latex, const rapidjson::Document& line, rapidjson::SizeType point) {
  Assignment variables;
  for (rapidjson::SizeType k = 0; k < line["symbols"].Size(); ++k) {
    variables[line["symbols"][k].GetString()] =
        Rational(static_cast<slong>(7 + 5 * point + 3 * k)) / Rational(static_cast<slong>(3 + k));
  }
  for (const ValuesAt& reading : values_at(latex, variables)) {
    std::vector<Complex> values;
    for (const ValuesAt::Complex& value : reading.values) values.emplace_back(value.real, value.imaginary);
    if (!values.empty() && same(values, line["values"][point])) return true;
  }
  return false;
}

bool agrees(const std::string& latex, const rapidjson::Document& line) {
  for (rapidjson::SizeType point = 0; point < line["values"].Size(); ++point) {
    if (!agrees_at(latex, line, point)) return false;
  }
  return line["values"].Size() == 5;
}

TEST(LatexPairs, HaveTheValuesOfSympyOrAreDeclared) {
  const auto path = test::shared_data("graders/latex_to_sympy_pairs.jsonl");
  if (!path) GTEST_SKIP() << "graders/latex_to_sympy_pairs.jsonl is not there";
  const std::vector<std::string> latex = distinct_latex(*path);
  const auto values = lines_of(test::source_file("tests/suites/math/latex_values.jsonl"));
  ASSERT_EQ(latex.size(), values.size());
  std::map<std::size_t, std::string> declared;
  for (const rapidjson::Document& line :
       lines_of(test::source_file("tests/suites/math/latex_declared.jsonl"))) {
    declared[line["pair"].GetUint()] = line["construct"].GetString();
  }
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < latex.size(); ++i) {
    const bool known = declared.contains(i);
    const bool right = values[i].HasMember("values") && agrees(latex[i], values[i]);
    EXPECT_NE(right, known) << "pair " << i << ": " << latex[i]
                            << (right ? " evaluates now: it need not be declared"
                                      : " has other values, or none");
    ++counts[right ? "evaluates to its column" : known ? declared[i] : "NOT DECLARED"];
    // What is kept but not evaluated says so by name.
    for (const char* name : {"integral", "limit", "derivative", "sum", "product"}) {
      if (known && declared[i] == name) {
        EXPECT_EQ(parse_answer(latex[i]).unsupported, name) << latex[i];
      }
    }
  }
  for (const auto& [construct, count] : counts) std::cout << count << "\t" << construct << "\n";
}

}  // namespace
}  // namespace reckon::suites::math
