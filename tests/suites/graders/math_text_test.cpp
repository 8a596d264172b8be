#include "suites/graders/math_text.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

bool equal(const std::string& gold, const std::string& answer) {
  return test::grader("math_text")->grade(gold, answer).correct;
}

TEST(MathText, Normalises) {
  const std::pair<const char*, const char*> cases[] = {
      {"\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\frac{\\pi}{2})"},
      {"\\dfrac{14}{3}", "\\frac{14}{3}"},
      {"\\frac12", "\\frac{1}{2}"},
      {"\\frac1{72}", "\\frac{1}{72}"},
      {"3/4", "\\frac{3}{4}"},
      {"-3/4", "-\\frac{3}{4}"},
      {"\\sqrt2", "\\sqrt{2}"},
      {".75", "0.75"},
      {"-5.", "-5"},
      {"90^{\\circ}", "90"},
      {"864 \\mbox{ inches}^2", "864"},
      {"3.14\\text{ inches}", "3.14"},
      {"\\text{Evelyn}", "Evelyn"},
      {"x=5", "5"},
      {"x \\in [-2,7]", "[-2,7]"},
      {"x^{2}", "x^2"},
      {"10{,}000", "10000"},
      {"$2/3$", "\\frac{2}{3}"},
      {"\\boxed{7}", "7"},
      {"5x - 7y + 11z + 4 = 0", "5x-7y+11z+4=0"},
      {"f(2) < f(1) < f(4)", "f(2)<f(1)<f(4)"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(normal_math_text(text), expected) << text;
  }
}

TEST(MathText, EqualAnswers) {
  const std::pair<const char*, const char*> cases[] = {
      {"\\frac{1}{2}", "0.5"},
      {"58,500", "58500"},
      {"\\text{(C)}", "C"},
      {"\\text{east}", "East"},
      {"2,-1", "-1, 2"},
      {"\\{1,2,3\\}", "\\{3, 2, 1\\}"},
      {"(2,12)", "\\left(2, 12\\right)"},
      {"\\left(\\frac{1}{2},3\\right)", "(0.5, 3)"},
      {"6 - 5i", "6-5i"},
      {"\\frac{9}{5}", "1\\frac{4}{5}"},
      {"25", "25\\%"},
      {"$28\\%$", "28 percent"},
      {"90^\\circ", "90 degrees"},
      {"$1/3$", "$\\boxed{\\frac{1}{3}}$"},
      {"\\$32{,}348", "32348"},
      {"\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"},
  };
  for (const auto& [gold, answer] : cases) {
    EXPECT_TRUE(equal(gold, answer)) << gold << " and " << answer;
  }
}

TEST(MathText, DifferentAnswers) {
  const std::pair<const char*, const char*> cases[] = {
      {"(2,12)", "(12,2)"},
      {"(2,12)", "[2,12]"},
      {"(2,12]", "(2,12)"},
      {"2,-1", "2,1"},
      {"2,-1", "2"},
      {"2,2", "2,3"},
      {"\\frac{1}{2}", "0.49"},
      {"\\frac{1}{2004!}", "\\frac{1}{2004}"},
      {"152A_{11}", "152"},
      {"3^{2007}", "32007"},
      {"x", "X"},
      {"5", ""},
      {"12", "1\\text{ and }2"},
      {"-5", "5"},
  };
  for (const auto& [gold, answer] : cases) {
    EXPECT_FALSE(equal(gold, answer)) << gold << " and " << answer;
  }
}

TEST(MathText, ListsSplitAtTheOutermostLevel) {
  const MathList list = math_list("\\{(1,2),[3,4)\\}");
  EXPECT_EQ(list.items, (std::vector<std::string>{"(1,2)", "[3,4)"}));
  EXPECT_FALSE(list.ordered());
  EXPECT_EQ(math_list("(1)(2)").open, "");
  EXPECT_TRUE(math_list("(1,2]").ordered());
}

TEST(MathText, HostileTextsEnd) {
  std::string fractions;
  for (int i = 0; i < 3000; ++i) {
    fractions += "\\frac{";
  }
  EXPECT_FALSE(equal("1", fractions));
  EXPECT_FALSE(equal("1", std::string(1'000'000, '{')));
  EXPECT_FALSE(equal("1", std::string(1'000'000, ',')));
  EXPECT_FALSE(equal("1,2", std::string(15'000, ',')));
}

// Every gold answer must equal itself, whatever the normaliser makes of it, and nearly none may equal its
// neighbour.
TEST(MathText, GoldAnswersOfMath500EqualThemselves) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!catalogue) {
    GTEST_SKIP() << "no benchmark data";
  }
  const std::shared_ptr<Task> task = catalogue->load("math500").at(0);
  const std::vector<Sample>& samples = task->samples();
  ASSERT_EQ(samples.size(), 500U);
  int equal_neighbours = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_TRUE(equal(samples[i].target, samples[i].target)) << samples[i].target;
    const std::string& next = samples[(i + 1) % samples.size()].target;
    if (normal_math_text(next) != normal_math_text(samples[i].target) && equal(samples[i].target, next)) {
      ++equal_neighbours;
      ADD_FAILURE() << samples[i].target << " and " << next;
    }
  }
  EXPECT_EQ(equal_neighbours, 0);
}

}  // namespace
}  // namespace reckon::suites
