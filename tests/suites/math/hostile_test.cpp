// Answers made to hang, to exhaust memory or to reach an abort: each gets a verdict, and none a wrong one.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "suites/math/judge.h"

namespace reckon::suites::math {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string nested(const std::string& open, const std::string& inside, const std::string& close, int times) {
  return repeated(open, times) + inside + repeated(close, times);
}

TEST(Hostile, ValuesOverEveryLimitAreNeverEqualToOthers) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"10^{10^{10^{10}}}", "10^{10^{10^{11}}}"},
      {"2^{2^{2^{2^{2^{2}}}}}", "3"},
      {"10^{2^{40}}", "10^{2^{40}}+1"},
      {"(3*10^9)!", "(3*10^9)!+1"},
      {"((((9!)!)!)!)!", "3"},
      {"7^{100000}", "7^{100000}+1"},
      {"x^{10^{30}}", "x^{10^{31}}"},
      {"((x^{1000000})^{1000000})^{1000000}", "x"},
      {"e^{e^{e^{e^{e}}}}", "2"},
      {"\\sin(10^{100000})", "0.5"},
      {"\\binom{100000}{50000}", "1"},
      {"1e999999999", "1"},
      {"1e99999999999999", "1"},
      {std::string(1'000'000, '1'), std::string(999'999, '1') + "2"},
      {std::string(19'999, '1'), std::string(19'998, '1') + "2"},
      {nested("{", "1", "}", 10'000), "2"},
      {nested("(", "1", ")", 5'000), "1+"},
      {nested("\\sqrt{", "2", "}", 3'000), "2"},
      {nested("\\text{", "2", "}", 3'000), "3"},
      {nested("\\frac{", "1", "}{2}", 80), "2"},
      {nested("\\boxed{", "1", "}", 100'000), "2"},
      {repeated("x+", 1'500) + "x", "1502x"},
      {repeated("x", 5'000), "y"},
      {repeated("\\left", 5'000), "1"},
      {repeated("\\frac", 3'000), "1"},
      {"\\frac{1}{\\sqrt2\\sqrt2-2}", "5"},
      {"0^{-1}", "5"},
      {"\\tan(\\pi/2)", "1"},
      {"\\log 0", "3"},
      {std::string("\0\1\xff", 3), "1"},
      {"e^{\\pi\\sqrt{163}}", "262537412640768744"},
      {"(x+y+z+w)^{50}", "(x+y+z+w)^{49}(x+y+z-w)"},
      {"\\begin{pmatrix}" + repeated("1&", 3'000) + "1\\end{pmatrix}", "1"}};
  for (const auto& [gold, answer] : pairs) {
    const Judgement judgement = judge(gold, answer);
    EXPECT_FALSE(judgement.equal) << gold.substr(0, 60) << ": " << judgement.detail;
    for (const char* policy : {"math_verify", "minerva"}) {
      judge(gold, answer, policy_named(policy));
      judge(answer, gold, policy_named(policy));
    }
  }
}

TEST(Hostile, EqualityIsStillFoundWhereThereIsAny) {
  std::string radicals;
  std::string reversed;
  for (int k = 2; k < 40; ++k) {
    radicals += (radicals.empty() ? "" : "+") + ("\\sqrt{" + std::to_string(k) + "}");
    reversed = "\\sqrt{" + std::to_string(k) + "}" + (reversed.empty() ? "" : "+") + reversed;
  }
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {std::string(1'000'000, '1'), "0" + std::string(1'000'000, '1')},
      {radicals, reversed},
      {nested("(", "x", ")", 60), "x"},
      {nested("\\boxed{", "7", "}", 10), "7"},
      {"\\boxed{\\(\\boxed{$\\boxed{7}.$}\\)}", "7"},
      {nested("\\boxed{", "1+\\boxed{6}", "}", 9), "7"},
      {"(x+1)^{200}", "(1+x)^{200}"},
      {"(x+1)^{1000000}", "(x+1)^{999999}(x+1)"},
      {"4000!", "3999!\\cdot 4000"},
      {repeated("1+", 1'900) + "1", "1901"},
      {repeated("[1,2]\\cup", 30) + "[1,2]", "[1,2]"},
      {"16\\arctan(1/5)-4\\arctan(1/239)", "\\pi"},
      {"\\sqrt{1+\\ln 2}\\sqrt{1+\\ln 2}", "1+\\ln 2"}};
  for (const auto& [gold, answer] : pairs) {
    const Judgement judgement = judge(gold, answer);
    EXPECT_TRUE(judgement.equal) << gold.substr(0, 60) << ": " << judgement.detail;
  }
}

TEST(Hostile, VerdictsDoNotDependOnWhatWasJudgedBefore) {
  const Judgement alone = judge("\\ln 6", "\\ln 2 + \\ln 3");
  for (int k = 0; k < 20; ++k) judge("\\sqrt{" + std::to_string(k) + "}+\\ln 7", "\\arctan 3");
  const Judgement later = judge("\\ln 6", "\\ln 2 + \\ln 3");
  EXPECT_EQ(alone.evidence, later.evidence);
  EXPECT_EQ(alone.detail, later.detail);
}

}  // namespace
}  // namespace reckon::suites::math
