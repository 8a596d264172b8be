// Extraction cases of other harnesses' tests.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/files.h"
#include "suites/text/text_util.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

const std::map<std::string, std::string>& rules_by_kind() {
  static const std::map<std::string, std::string> rules = {
      {"extract_boxed", "[\"last_boxed\"]"},
      {"get_last_boxed", "[\"last_boxed\"]"},
      {"extract_gsm8k_final_answer", "[\"after_hashes\"]"},
      {"extract_final_candidate", "[\"last_boxed\", \"the_answer_is\", \"last_number\"]"},
      {"_extract_final_int", "[\"last_number\"]"},
      {"extract", "[\"last_boxed\", \"the_answer_is\", \"last_number\"]"},
      {"mcq", "[\"choice_letter\"]"},
  };
  return rules;
}

/// Cases whose expectation is another tool's convention, each with the reason.
const std::set<std::string>& conventions() {
  static const std::set<std::string> texts = {
      "No letter here",            // gives the whole text where there is no letter
      "Calculation.\n#### 1,234",  // takes the comma out, which is the grader's work here
      "I think the final answer is $ \\boxed{\\frac12} $.",  // rewrites the fraction, which is the grader's
                                                             // work here
  };
  return texts;
}

TEST(PublishedExtraction, CasesOfOtherHarnesses) {
  const std::optional<std::string> path = reckon::test::shared_data("graders/extraction_cases.jsonl");
  if (!path) {
    GTEST_SKIP() << "no published cases";
  }
  const std::string content = read_file(*path);
  int compared = 0;
  for (const std::string_view line : split_lines(content)) {
    if (trim(line).empty()) {
      continue;
    }
    const json::Document row = json::parse(line, *path);
    const auto rules = rules_by_kind().find(row["kind"].GetString());
    if (rules == rules_by_kind().end() || !row["text"].IsString() ||
        conventions().contains(row["text"].GetString())) {
      continue;
    }
    const Extraction found = test::extractor(rules->second).extract(row["text"].GetString());
    const json::Value& wanted = row["expected"];
    ++compared;
    if (wanted.IsNull() || (wanted.IsString() && wanted.GetStringLength() == 0)) {
      EXPECT_EQ(found.answer, "") << row["text"].GetString();
    } else {
      const std::string expected =
          wanted.IsString() ? std::string(trim(wanted.GetString())) : json::dump(wanted);
      EXPECT_EQ(found.answer, expected) << row["text"].GetString() << " (rule " << found.rule << ")";
    }
  }
  EXPECT_GE(compared, 40);
}

}  // namespace
}  // namespace reckon::suites
