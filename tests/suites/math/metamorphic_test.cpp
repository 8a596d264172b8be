// Answers written in many ways stay equal, answers that were changed become unequal.

#include <gtest/gtest.h>

#include <string>

#include "suites/math/judge.h"
#include "tests/suites/math/generated_answers.h"

namespace reckon::suites::math::generated {
namespace {

constexpr const char* kPolicies[] = {"strict", "math_verify", "minerva"};

TEST(Metamorphic, OtherWaysOfWritingStayEqual) {
  Random random(20'260'101);
  int judged[3] = {0, 0, 0};
  int wrong = 0;
  while (judged[0] < 50'000 && wrong < 20) {
    const Answer answer = random_answer(random);
    if (!well_formed(answer)) continue;
    const Written gold = write(answer, random);
    const Written other = write(answer, random);
    for (unsigned p = 0; p < 3; ++p) {
      if (((gold.keeps & other.keeps) >> p & 1U) == 0) continue;
      ++judged[p];
      const Judgement judgement = judge(gold.text, other.text, policy_named(kPolicies[p]));
      if (judgement.equal) continue;
      ++wrong;
      ADD_FAILURE() << kPolicies[p] << ": " << gold.text << " against " << other.text << ": "
                    << name_of(judgement.evidence) << ", " << judgement.detail;
    }
  }
  EXPECT_GE(judged[0], 50'000);
  EXPECT_GT(judged[1], 20'000);
  EXPECT_GT(judged[2], 5'000);
}

TEST(Metamorphic, ChangedAnswersBecomeUnequal) {
  Random random(20'260'102);
  int judged = 0;
  int wrong = 0;
  while (judged < 50'000 && wrong < 20) {
    const Answer answer = random_answer(random);
    const Answer other = changed(answer, random);
    if (!well_formed(answer) || !well_formed(other) || !truly_different(answer, other)) continue;
    ++judged;
    const Written gold_written = write(answer, random);
    const Written other_written = write(other, random);
    const std::string& gold = gold_written.text;
    const std::string& text = other_written.text;
    for (unsigned p = 0; p < 3; ++p) {
      // Minerva's own normal form takes different values together (what stands before the last "=").
      if (p == 2 && ((gold_written.keeps & other_written.keeps) & kMinerva) == 0) continue;
      const Judgement judgement = judge(gold, text, policy_named(kPolicies[p]));
      if (!judgement.equal) continue;
      ++wrong;
      ADD_FAILURE() << kPolicies[p] << ": " << gold << " against " << text << ": "
                    << name_of(judgement.evidence) << ", " << judgement.detail;
    }
  }
  EXPECT_GE(judged, 50'000);
}

TEST(Metamorphic, DigitsInAnotherBaseAreAnotherNumber) {
  Random random(7);
  for (int i = 0; i < 2'000; ++i) {
    const long base = random.between(3, 8);
    const std::string digits = based_text(random.between(base, 5'000), base);
    EXPECT_FALSE(
        judge(digits + "_" + std::to_string(base), digits + "_{" + std::to_string(base + 1) + "}").equal)
        << digits;
    EXPECT_FALSE(judge(digits + "_" + std::to_string(base), digits).equal) << digits;
  }
}

}  // namespace
}  // namespace reckon::suites::math::generated