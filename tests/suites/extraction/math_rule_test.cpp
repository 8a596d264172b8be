// `last_math`: where an answer stands in a reply that is full of formulas.

#include <gtest/gtest.h>

#include <tuple>

#include "suites/extraction/boxed.h"
#include "suites/extraction/formulas.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

std::string last_math(const std::string& text, const std::string& targets = R"(["latex","expr"])") {
  const json::Document rules = json::parse(R"([{"last_math": {"targets": )" + targets + "}}]", "test");
  const Extraction found = Extractor(rules, "test").extract(text);
  return found.found ? found.answer : "(none)";
}

TEST(LastMath, AnnouncedAnswersAndBoxesBeforeOtherFormulas) {
  const std::tuple<const char*, const char*> cases[] = {
      {"We get $x=3$, so \\boxed{7}. Check: $7 > 3$.", "7"},
      {"\\boxed{7}. Final Answer: The final answer is $8$. I hope it is correct.", "8"},
      {"The final answer is $8$. Or rather \\boxed{7}", "7"},
      {"Final answer: The volume of $ABCD$ is 120. I hope it is correct.", "120"},
      {"The final answer is \\((-6, 10)\\).", "(-6, 10)"},
      {"Answer \\[\n 9 \n\\] and so on, as $2$ shows", "9"},
      {"answer: the number 12, not 13", "12"},
      {"so $a$, then $b$", "b"},
      {"so $a$, then 5 of them", "5"},
      {"$28$ percent", "28\\%"},
      {"$\\boxed{28}$ pct", "28\\%"},
      {"that is 28 %.", "28 \\%"},
      {"", "(none)"},
      {"no mathematics here", "(none)"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string found = last_math(text);
    const bool percent = std::string_view(expected) == "28 \\%" && found == "28\\%";
    EXPECT_TRUE(found == expected || percent) << text << ": " << found;
  }
}

TEST(LastMath, AnswersThatStandTogetherAreAList) {
  EXPECT_EQ(last_math("\\boxed{1} and \\boxed{2} and \\boxed{3}"), "1, 2, 3");
  EXPECT_EQ(last_math("\\(\\boxed{1}\\) and \\(\\boxed{-2}\\)."), "1, -2");
  EXPECT_EQ(last_math("\\boxed{1} papers and \\boxed{2} bins"), "1, 2");
  EXPECT_EQ(last_math("\\boxed{1} no no no no no \\boxed{2}"), "2");
  EXPECT_EQ(last_math("\\boxed{5}. So \\boxed{5}"), "5") << "the same answer twice is one answer";
  EXPECT_EQ(last_math("$1$ and $2$, $3$"), "1, 2, 3");
  EXPECT_EQ(last_math("$1$ then $2$"), "2");
}

TEST(LastMath, FormulasStayInTheirLines) {
  EXPECT_EQ(last_math("Answer $ \n 9 \n $", R"(["latex"])"), "(none)");
  EXPECT_EQ(last_math("Answer $$ \n 9 \n $$", R"(["latex"])"), "9");
  EXPECT_EQ(last_math("It costs 1,000.99$ in all", R"(["expr"])"), "1,000.99");
  EXPECT_EQ(last_math("a \\$5 bill, $x$", R"(["latex"])"), "x");
  EXPECT_EQ(last_math("so \\frac{10}{9}", R"(["latex"])"), "\\frac{10}{9}");
}

TEST(PlainNumbers, WhatIsPartOfAWordIsNone) {
  const auto last = [](std::string_view text) {
    const std::vector<MathSpan> spans = find_plain_numbers(text);
    return spans.empty() ? std::string("(none)") : spans.back().answer;
  };
  EXPECT_EQ(last("AZYUK2A"), "(none)");
  EXPECT_EQ(last("1 000"), "1 000");
  EXPECT_EQ(last("12 3456"), "3456");
  EXPECT_EQ(last("is 1,000.99m\xC2\xB2"), "1,000.99");
  EXPECT_EQ(last("P(A) = 2/3 Therefore"), "2/3");
  EXPECT_EQ(last("so 2 * (3 + 4)."), "2 * (3 + 4)");
  EXPECT_EQ(last("19, 46"), "46");
  EXPECT_EQ(last("-5"), "-5");
  EXPECT_EQ(last(".4"), ".4");
  EXPECT_EQ(last("1 +" + std::string(1'000'000, ' ') + "2").size(), 1'000'004U);
}

TEST(Boxes, EveryBoxHasItsPlace) {
  const std::string text = "\\boxed{a \\boxed{b}} c \\\\boxed{d} \\boxed 7";
  const std::vector<Box> boxes = all_boxed(text);
  ASSERT_EQ(boxes.size(), 4U);
  EXPECT_EQ(boxes[0].content, "a \\boxed{b}");
  EXPECT_EQ(boxes[1].content, "b");
  EXPECT_EQ(boxes[2].content, "d");
  EXPECT_EQ(boxes[3].content, "7");
  EXPECT_EQ(text.substr(boxes[1].begin, boxes[1].end - boxes[1].begin), "\\boxed{b}");
}

}  // namespace
}  // namespace reckon::suites
