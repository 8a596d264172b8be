#include "suites/graders/grader.h"

#include <gtest/gtest.h>
#include <set>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;
using test::grader;

TEST(ExactMatch, ComparesEveryCharacter) {
  EXPECT_TRUE(grader("exact_match")->grade("a b", "a b").correct);
  EXPECT_FALSE(grader("exact_match")->grade("a b", "a b ").correct);
  EXPECT_FALSE(grader("exact_match")->grade("a", "A").correct);
}

TEST(ExactMatch, OptionsApplyToBothSides) {
  EXPECT_TRUE(grader("exact_match", R"({"ignore_case":true})")
                  ->grade("\xC3\x84"
                          "b",
                          "\xC3\xA4"
                          "B")
                  .correct);
  EXPECT_TRUE(grader("exact_match", R"({"ignore_punctuation":true})")->grade("(A).", "A").correct);
  EXPECT_TRUE(grader("exact_match", R"({"ignore_numbers":true})")->grade("a1", "a2").correct);
  const std::string gsm8k = R"({"ignore_case":true,"regexes_to_ignore":[",","\\$","(?s).*#### ","\\.$"]})";
  EXPECT_TRUE(grader("exact_match", gsm8k)->grade("so it is\n#### 70000", "$70,000.").correct);
  EXPECT_FALSE(grader("exact_match", gsm8k)->grade("so it is\n#### 70000", "7000").correct);
}

TEST(Numeric, ComparesValues) {
  const std::pair<const char*, const char*> equal[] = {
      {"70000", "$70,000"},
      {"18", "18.00"},
      {"1/2", "0.5"},
      {"5", "x = 5"},
      {"18", "18 dollars"},
      {"18", "18\\text{ apples}"},
      {"3", "3 km/h"},
      {"20", "20%"},
      {"25", "025"},
      {"1,000", "1000"},
      {"-3",
       "\xE2\x88\x92"
       "3"},
  };
  for (const auto& [gold, answer] : equal) {
    EXPECT_TRUE(grader("numeric")->grade(gold, answer).correct) << gold << " and " << answer;
  }
  const std::pair<const char*, const char*> different[] = {
      {"18", "19"},     {"18", ""},  {"18", "eighteen"}, {"1/3", "0.333"},
      {"18", "18 + 2"}, {"5", "5x"}, {"18", "-18"},      {"3", "3:30"},
  };
  for (const auto& [gold, answer] : different) {
    EXPECT_FALSE(grader("numeric")->grade(gold, answer).correct) << gold << " and " << answer;
  }
}

TEST(Numeric, AThousandDigits) {
  const std::string digits(1000, '7');
  EXPECT_TRUE(grader("numeric")->grade(digits, digits + ".0").correct);
  EXPECT_FALSE(grader("numeric")->grade(digits, digits + ".1").correct);
}

TEST(Numeric, SaysWhatWasCompared) {
  const Grade grade = grader("numeric")->grade("18", "19");
  EXPECT_NE(grade.why.find("'19' differs from '18'"), std::string::npos) << grade.why;
  EXPECT_NE(grader("numeric")->grade("18", "none").why.find("no number"), std::string::npos);
}

TEST(StringSet, OrderAndSpellingOfPairsDoNotMatter) {
  const std::string gold = "Ann: knight, Bob: knave";
  for (const char* answer :
       {"Bob: knave, Ann: knight", "ann: Knight; bob: KNAVE.", "Ann is a knight and Bob is a knave",
        "Ann = knight\nBob = knave", "\\text{Ann: knight}, \\text{Bob: knave}", "Ann:knight,Bob:knave",
        "Ann is a knight, and Bob is a knave."}) {
    EXPECT_TRUE(grader("string_set")->grade(gold, answer).correct) << answer;
  }
  for (const char* answer : {"Ann: knave, Bob: knight", "Ann: knight", "Ann: knight, Bob: knave, Cid: knave",
                             "", "knight, knave"}) {
    EXPECT_FALSE(grader("string_set")->grade(gold, answer).correct) << answer;
  }
}

TEST(StringSet, SaysWhatIsMissing) {
  const std::string why = grader("string_set")->grade("a, b", "a, c").why;
  EXPECT_NE(why.find("missing: b"), std::string::npos) << why;
  EXPECT_NE(why.find("not expected: c"), std::string::npos) << why;
}

TEST(StringSet, Options) {
  EXPECT_FALSE(grader("string_set", R"({"ignore_case":false})")->grade("A", "a").correct);
  EXPECT_TRUE(grader("string_set", R"({"separators":["|"]})")->grade("a,b|c", "c|a,b").correct);
  EXPECT_FALSE(grader("string_set", R"({"separators":["|"]})")->grade("a,b|c", "c,a,b").correct);
  EXPECT_FALSE(grader("string_set", R"({"pairs":false})")->grade("a: b", "a = b").correct);
  EXPECT_NE(error_of([] { grader("string_set", R"({"separators":[""]})"); }), "");
}

TEST(ProgramOutput, TrailingSpaceAndLastLineBreaksDoNotMatter) {
  EXPECT_TRUE(grader("program_output")->grade("1\n2", "1 \r\n2\t\n\n").correct);
  EXPECT_FALSE(grader("program_output")->grade("1\n2", "1\n\n2").correct);
  EXPECT_FALSE(grader("program_output")->grade("1", " 1").correct);
  EXPECT_FALSE(grader("program_output")->grade("[1, 2]", "[1,2]").correct);
  EXPECT_NE(grader("program_output")->grade("1\n2\n3", "1\n5\n3").why.find("line 2 is '5', expected '2'"),
            std::string::npos);
}

TEST(ProgramOutput, DecimalsCompareNumbersWhereAskedTo) {
  const auto equal = [](const char* gold, const char* printed) {
    return grader("program_output", R"({"decimals":true})")->grade(gold, printed).correct;
  };
  EXPECT_FALSE(grader("program_output")->grade("1.5", "1.50").correct);
  for (const char* same : {"1.5", "1.50", "+01.5", "15e-1", "0.15E+1", " 1.5 "})
    EXPECT_TRUE(equal("1.5", same));
  for (const char* zero : {"0", "-0", "0.00", "0e5"}) EXPECT_TRUE(equal("0", zero));
  EXPECT_TRUE(equal("1 2\n-3e2", "1.0   2\n-300"));
  EXPECT_TRUE(equal("YES 1.0", "YES 1.0"));
  for (const char* other : {"1.51", "-1.5", "1.5 1.5", "", "1.5e", "1.5f", ".", "1.5\n1.5"}) {
    EXPECT_FALSE(equal("1.5", other)) << other;
  }
  EXPECT_FALSE(equal("YES 1.0", "YES 1"));  // a line of numbers alone
  EXPECT_FALSE(equal("10000000000000000000000", "10000000000000000000001"));
}

TEST(Grader, UnknownNamesAndOptionsNameTheNearest) {
  const std::string name = error_of([] { grader("numerik"); });
  EXPECT_NE(name.find("did you mean 'numeric'"), std::string::npos) << name;
  const std::string option = error_of([] { grader("exact_match", R"({"ignore_cases":true})"); });
  EXPECT_NE(option.find("did you mean 'ignore_case'"), std::string::npos) << option;
}

TEST(Grader, MegabyteAnswersAreGraded) {
  const std::string texts[] = {std::string(1'000'000, '7'), std::string(1'000'000, ','),
                               std::string(1'000'000, '\n'), std::string(1'000'000, '\\'),
                               std::string(1'000'000, '\xFF')};
  const std::set<std::string> code{"humaneval", "humaneval_plus", "mbpp",    "mbpp_plus",
                                   "cruxeval",  "function_calls", "program", "livecodebench"};
  for (const std::string& name : grader_names()) {
    if (code.contains(name)) continue;  // code is not text: tests/sandbox has its hostile answers
    for (const std::string& text : texts) {
      EXPECT_FALSE(grader(name)->grade("42", text).correct) << name;
    }
  }
}

}  // namespace
}  // namespace reckon::suites
