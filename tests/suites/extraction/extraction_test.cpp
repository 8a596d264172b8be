#include "suites/extraction/extraction.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "suites/extraction/boxed.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;
using test::extractor;

std::string one(const std::string& rules, const std::string& text) {
  const Extraction result = extractor(rules).extract(text);
  return result.found ? result.answer : "(none)";
}

TEST(Boxed, TakesTheLastCompleteBox) {
  EXPECT_EQ(last_boxed("\\boxed{1} then \\boxed{2}"), "2");
  EXPECT_EQ(last_boxed("\\boxed{\\frac{1}{2}}."), "\\frac{1}{2}");
  EXPECT_EQ(last_boxed("\\boxed{\\left\\{ x \\right.}"), "\\left\\{ x \\right.");
  EXPECT_EQ(last_boxed("\\boxed   {  x^2 } end"), "  x^2 ");
  EXPECT_EQ(last_boxed("\\fbox{7}"), "7");
  EXPECT_EQ(last_boxed("\\boxed{}"), "");
  EXPECT_EQ(last_boxed("\\boxed{x = \\boxed{5}}"), "5");
}

TEST(Boxed, WithoutBraces) {
  EXPECT_EQ(last_boxed("\\boxed 7"), "7");
  EXPECT_EQ(last_boxed("$\\boxed -3$"), "-3");
  EXPECT_EQ(last_boxed("\\boxed  not_brace"), std::nullopt);
}

TEST(Boxed, ABoxThatNeverClosesIsNone) {
  EXPECT_EQ(last_boxed("\\boxed{unbalanced"), std::nullopt);
  EXPECT_EQ(last_boxed("\\boxed{1} and \\boxed{2"), "1");
  EXPECT_EQ(last_boxed("\\boxedx{3}"), std::nullopt);
  EXPECT_EQ(last_boxed(""), std::nullopt);
  EXPECT_EQ(last_boxed("\\"), std::nullopt);
}

TEST(Boxed, IsLinearOnHostileText) {
  std::string nested;
  for (int i = 0; i < 150'000; ++i) {
    nested += "\\boxed{";
  }
  EXPECT_EQ(last_boxed(nested), std::nullopt);
  EXPECT_EQ(last_boxed(nested + "1}").value_or(""), "1");
}

TEST(Extraction, TriesRulesInOrderAndNamesTheOneThatFired) {
  const Extractor rules = extractor(R"x(["last_boxed", "after_hashes", "last_number"])x");
  const Extraction boxed = rules.extract("#### 3 \\boxed{4} 5");
  EXPECT_EQ(boxed.answer, "4");
  EXPECT_EQ(boxed.rule, "last_boxed");
  const Extraction hashes = rules.extract("5\n#### 3\n5");
  EXPECT_EQ(hashes.answer, "3");
  EXPECT_EQ(hashes.rule, "after_hashes");
  const Extraction number = rules.extract("it is 5 I think");
  EXPECT_EQ(number.answer, "5");
  EXPECT_EQ(number.rule, "last_number");
  const Extraction none = rules.extract("nothing here");
  EXPECT_FALSE(none.found);
  EXPECT_EQ(none.rule, "");
}

TEST(Extraction, AfterHashes) {
  EXPECT_EQ(one("[\"after_hashes\"]", "#### 10\nmore\n#### 20 \nrest"), "20");
  EXPECT_EQ(one("[\"after_hashes\"]", "####: 55"), "55");
  EXPECT_EQ(one("[\"after_hashes\"]", "####"), "(none)");
}

TEST(Extraction, TheAnswerIs) {
  const std::string rule = "[\"the_answer_is\"]";
  EXPECT_EQ(one(rule, "So the answer is (B)."), "(B)");
  EXPECT_EQ(one(rule, "The answer is 3.14. Good."), "3.14");
  EXPECT_EQ(one(rule, "The answer is: **12**."), "12");
  EXPECT_EQ(one(rule, "Answer: 3.5"), "3.5");
  EXPECT_EQ(one(rule, "**Answer:** 7"), "7");
  EXPECT_EQ(one(rule, "The answer is 1. No, the answer is 2."), "2");
  EXPECT_EQ(one(rule, "THE ANSWER IS:\n\n 42\n"), "42");
  EXPECT_EQ(one(rule, "no such phrase"), "(none)");
  EXPECT_EQ(one(R"x([{"the_answer_is": {"phrases": ["Ergebnis:"]}}])x", "ergebnis: 9."), "9");
}

TEST(Extraction, FinalLineAndWhole) {
  EXPECT_EQ(one("[\"final_line\"]", "a\nb\n  c  \n\n"), "c");
  EXPECT_EQ(one("[\"final_line\"]", " \n "), "(none)");
  EXPECT_EQ(one("[\"whole\"]", "\n a b \n"), "a b");
  EXPECT_EQ(one("[\"whole\"]", ""), "(none)");
}

TEST(Extraction, LastNumber) {
  const std::string rule = "[\"last_number\"]";
  EXPECT_EQ(one(rule, "64 + 67 = **131**"), "131");
  EXPECT_EQ(one(rule, "costs $1,234.50."), "1,234.50");
  EXPECT_EQ(one(rule, "it is -7."), "-7");
  EXPECT_EQ(one(rule, "so 64 - 7"), "7");
  EXPECT_EQ(one(rule, "x=-7"), "-7");
  EXPECT_EQ(one(rule, "in 1999, 2000, and"), "2000");
  EXPECT_EQ(one(rule, "half: 1/2"), "1/2");
  EXPECT_EQ(one(rule, "$\\frac{3}{4}$."), "\\frac{3}{4}");
  EXPECT_EQ(one(rule, "about 20%"), "20%");
  EXPECT_EQ(one(rule, "no digits"), "(none)");
}

TEST(Extraction, ChoiceLetter) {
  const std::string rule = "[\"choice_letter\"]";
  EXPECT_EQ(one(rule, "The correct answer is A"), "A");
  EXPECT_EQ(one(rule, "B is correct. Or maybe C. Actually let's finalize B"), "B");
  EXPECT_EQ(one(rule, "I think it's (D)."), "D");
  EXPECT_EQ(one(rule, "**C**"), "C");
  EXPECT_EQ(one(rule, "c"), "C");
  EXPECT_EQ(one(rule, "No letter here"), "(none)");
  EXPECT_EQ(one(rule, "(A) is wrong, so the answer is (B)"), "B");
  EXPECT_EQ(one(R"x([{"choice_letter": {"letters": "ABC"}}])x", "The answer is D"), "(none)");
}

TEST(Extraction, Regex) {
  EXPECT_EQ(one(R"x([{"regex": {"pattern": "= (\\d+)"}}])x", "a = 1, b = 2"), "2");
  EXPECT_EQ(one(R"x([{"regex": {"pattern": "= (\\d+)", "select": "first"}}])x", "a = 1, b = 2"), "1");
  EXPECT_EQ(one(R"x([{"regex": {"pattern": "(?P<x>a+)(b+)", "group": "x"}}])x", "aabb"), "aa");
  EXPECT_EQ(one(R"x([{"regex": {"pattern": "(a+)(b+)", "group": 2}}])x", "aabb"), "bb");
  EXPECT_EQ(one(R"x([{"regex": {"pattern": "ANSWER", "ignore_case": true}}])x", "my answer"), "answer");
}

TEST(Extraction, JsonField) {
  EXPECT_EQ(one("[\"json_field\"]", "I say {\"answer\": 1} and then {\"answer\": \"b {\"}"), "b {");
  EXPECT_EQ(one("[\"json_field\"]", "{not json} {\"answer\": 4.5} }"), "4.5");
  EXPECT_EQ(one(R"x([{"json_field": {"field": "result.value"}}])x", "{\"result\": {\"value\": true}}"),
            "true");
  EXPECT_EQ(one("[\"json_field\"]", "{\"other\": 1}"), "(none)");
  EXPECT_EQ(one("[\"json_field\"]", std::string(100'000, '{')), "(none)");
}

TEST(Extraction, CodeBlock) {
  const std::string text = "```python\nprint(1)\n```\ntext\n```\nout\n```";
  EXPECT_EQ(one("[\"code_block\"]", text), "out\n");
  EXPECT_EQ(one(R"x([{"code_block": {"language": "Python"}}])x", text), "print(1)\n");
  EXPECT_EQ(one(R"x([{"code_block": {"select": "first"}}])x", text), "print(1)\n");
  EXPECT_EQ(one("[\"code_block\"]", "```python\nnever closed"), "(none)");
  EXPECT_EQ(one("[\"code_block\"]", "```\n```"), "");
}

TEST(Extraction, UnknownRulesAndOptionsNameTheNearest) {
  const std::string rule = error_of([] { extractor("[\"last_boxd\"]"); });
  EXPECT_NE(rule.find("did you mean 'last_boxed'"), std::string::npos) << rule;
  const std::string option = error_of([] { extractor(R"x([{"regex": {"patern": "x"}}])x"); });
  EXPECT_NE(option.find("did you mean 'pattern'"), std::string::npos) << option;
  EXPECT_NE(error_of([] { extractor("[]"); }), "");
  EXPECT_NE(error_of([] { extractor("[3]"); }), "");
  EXPECT_NE(error_of([] { extractor(R"x([{"regex": {"pattern": "(a)", "group": 2}}])x"); }), "");
}

TEST(Extraction, SaysWhenAPatternGaveUp) {
  const Extractor rules = extractor(R"x([{"regex": {"pattern": "^(a+)+$"}}, "last_number"])x");
  const Extraction result = rules.extract(std::string(200, 'a') + "! 7");
  EXPECT_FALSE(result.found) << "what a later rule finds is not what the suite asks for first";
  EXPECT_EQ(result.answer, "");
  EXPECT_TRUE(result.failure.starts_with("extraction failed (limit): ")) << result.failure;
}

TEST(Extraction, MegabyteRepliesOfEveryRule) {
  const std::string long_text = std::string(500'000, '1') + " " + std::string(500'000, '{');
  for (const std::string& rule : extraction_rule_names()) {
    const std::string rules =
        rule == "regex" ? R"x([{"regex": {"pattern": "= (\\d+)"}}])x" : "[\"" + rule + "\"]";
    const Extraction result = extractor(rules).extract(long_text);
    EXPECT_LE(result.answer.size(), long_text.size()) << rule;
  }
}

}  // namespace
}  // namespace reckon::suites
