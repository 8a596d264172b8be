// Real answers: Math-Verify's own cases and MATH's golds, where the data is there.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "suites/extraction/extraction.h"
#include "suites/math/judge.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::math {
namespace {

void for_each_line(const std::string& path, const std::function<void(const rapidjson::Document&)>& visit) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    rapidjson::Document document;
    document.Parse(line.c_str(), line.size());
    ASSERT_TRUE(document.IsObject());
    visit(document);
  }
}

std::string text_of(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() || !found->value.IsString()
             ? std::string()
             : std::string(found->value.GetString(), found->value.GetStringLength());
}

TEST(PublishedMath, MathVerifysOwnCases) {
  const auto path = test::shared_data("graders/math_verify_cases.jsonl");
  if (!path) GTEST_SKIP() << "graders/math_verify_cases.jsonl is not there";
  // Expectations that are wrong or rest on an accident of its parser, each with its reason:
  // docs/math_grading.md.
  const std::set<std::string> exceptions = {
#include "tests/suites/math/math_verify_exceptions.inc"
  };
  int cases = 0;
  int wrong = 0;
  std::map<std::string, int> unused;
  for_each_line(*path, [&](const rapidjson::Document& line) {
    const std::string gold = text_of(line, "gold");
    const std::string answer = text_of(line, "pred");
    Policy policy = policy_named("math_verify");
    if (line.HasMember("precision")) policy.precision = line["precision"].GetInt();
    if (line.HasMember("strict")) policy.strict = line["strict"].GetBool();
    if (line.HasMember("allow_set_relation_comp"))
      policy.allow_set_relation_comp = line["allow_set_relation_comp"].GetBool();
    // Both sides go through the rule that finds what Math-Verify's parse() finds.
    rapidjson::Document rules;
    rules.Parse(R"([{"last_math": {"targets": []}}, "whole"])");
    for (const auto& type : line["match_types"].GetArray()) {
      rules[0]["last_math"]["targets"].PushBack(rapidjson::Value(type, rules.GetAllocator()),
                                                rules.GetAllocator());
    }
    const Extractor extractor(rules, "the test");
    const std::string gold_found = extractor.extract(gold).answer;
    const std::string answer_found = extractor.extract(answer).answer;
    const Judgement judgement = judge(gold_found, answer_found, policy);
    ++cases;
    if (judgement.equal == line["expected"].GetBool()) return;
    ++wrong;
    if (exceptions.contains(text_of(line, "source"))) return;
    ADD_FAILURE() << text_of(line, "source") << " expects " << line["expected"].GetBool() << ": ["
                  << gold_found << "] against [" << answer_found << "]: " << name_of(judgement.evidence)
                  << ", " << judgement.detail;
  });
  EXPECT_EQ(cases, 268);
  RecordProperty("agree", cases - wrong);
  std::cout << "Math-Verify's cases: " << cases - wrong << " of " << cases << " as expected\n";
}

/// The content of the last box of a solution.
std::string last_box(const std::string& solution) {
  const std::size_t box = solution.rfind("\\boxed");
  const std::size_t frame = solution.rfind("\\fbox");
  std::size_t at = box == std::string::npos ? frame + 5 : box + 6;
  if (solution[at] != '{') return solution.substr(at + 1, solution.find('$', at) - at - 1);
  int depth = 0;
  const std::size_t start = at + 1;
  for (; at < solution.size(); ++at) {
    if (solution[at] == '{') ++depth;
    if (solution[at] == '}' && --depth == 0) break;
  }
  return solution.substr(start, at - start);
}

TEST(PublishedMath, GoldsOfMathParseAndEqualThemselvesAndNothingElse) {
  const auto path = test::shared_data("math/math_test.jsonl");
  if (!path) GTEST_SKIP() << "math/math_test.jsonl is not there";
  int parsed = 0;
  int text = 0;
  int neither = 0;
  for_each_line(*path, [&](const rapidjson::Document& line) {
    const std::string gold = last_box(text_of(line, "solution"));
    const ParsedAnswer answer = parse_answer(gold);
    (answer.readings.empty() ? (answer.declared_text ? text : neither) : parsed) += 1;
    // What is written otherwise but says the same.
    for (const std::string& same :
         {gold, "$" + gold + "$", "\\boxed{" + gold + "}", " " + gold + "\n", gold + "."}) {
      const Judgement judgement = judge(gold, same);
      EXPECT_TRUE(judgement.equal) << gold << " against " << same << ": " << judgement.detail;
    }
    if (answer.readings.empty() ||
        (answer.readings[0].kind != "number" && answer.readings[0].kind != "expression"))
      return;
    if (gold.find_first_of(",_%:") != std::string::npos || gold.find("\\text") != std::string::npos ||
        gold.find("pm") != std::string::npos || gold.back() == '.' ||
        gold.find("mbox") != std::string::npos || gold.find('$') != std::string::npos ||
        gold.find("circ") != std::string::npos) {
      return;
    }
    EXPECT_FALSE(judge(gold, "(" + gold + ") + 1").equal) << gold;
    EXPECT_FALSE(judge(gold, "2(" + gold + ")").equal && gold != "0") << gold;
    EXPECT_FALSE(judge(gold, "-(" + gold + ")").equal && gold != "0") << gold;
    EXPECT_TRUE(judge(gold, "\\frac{2(" + gold + ")}{2}").equal) << gold;
    EXPECT_TRUE(judge(gold, "(" + gold + ") + 7 - 7").equal) << gold;
  });
  EXPECT_EQ(neither, 0);
  EXPECT_EQ(text, 36);
  EXPECT_EQ(parsed, 4964);
}

}  // namespace
}  // namespace reckon::suites::math
