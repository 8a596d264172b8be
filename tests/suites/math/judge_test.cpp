#include "suites/math/judge.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace reckon::suites::math {
namespace {

struct Case {
  const char* gold;
  const char* answer;
  Evidence evidence;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const Judgement judgement = judge(one.gold, one.answer);
    EXPECT_EQ(name_of(judgement.evidence), name_of(one.evidence))
        << one.gold << " against " << one.answer << ": " << judgement.detail;
    const bool counts_as_equal =
        one.evidence == Evidence::proven_equal || one.evidence == Evidence::text_match ||
        one.evidence == Evidence::agrees_numerically || one.evidence == Evidence::agrees_at_points;
    EXPECT_EQ(judgement.equal, counts_as_equal) << one.gold << " against " << one.answer;
  }
}

constexpr Evidence kEqual = Evidence::proven_equal;
constexpr Evidence kDifferent = Evidence::proven_different;

TEST(Judge, NumbersInEveryStyleAreRationals) {
  expect_all({{"1/2", "0.5", kEqual},
              {"025", "25", kEqual},
              {"1/3", "0.33", kDifferent},
              {"0.\\overline{3}", "1/3", kEqual},
              {"0.1\\overline{6}", "1/6", kEqual},
              {"0.(3)", "1/3", kEqual},
              {"0.333\\ldots", "\\frac13", kEqual},
              {"1\\frac{4}{5}", "9/5", kEqual},
              {"1 4/5", "1.8", kEqual},
              {"10,\\!236", "10236", kEqual},
              {"90{,}900{,}909", "90,900,909", kEqual},
              {"11,\\! 111,\\! 111,\\! 100", "11111111100", kEqual},
              {"\\frac{12}{5,\\!525}", "12/5525", kEqual},
              {"1.000.000", "1000000", kEqual},
              {"2.5E2", "250", kEqual},
              {"3.2 \\times 10^{5}", "320000", kEqual},
              {"204_5", "54", kEqual},
              {"204_5", "204_6", kDifferent},
              {"152A_{11}", "152A_{11}", kEqual},
              {"0.0011_{2}", "3/16", kEqual},
              {"½", "0.5", kEqual},
              {"2²", "4", kEqual},
              {"\\$16,\\!386.16", "16386.16", kEqual},
              {"2^{2005}", "2^{2004}\\cdot 2", kEqual},
              {"\\frac{1}{2004!}", "1/2004!", kEqual},
              {"5!", "120", kEqual},
              {"\\binom{16}{2}", "120", kEqual},
              {"\\lfloor 7/2 \\rfloor", "3", kEqual},
              {"|{-3}|", "3", kEqual}});
}

TEST(Judge, SignsOfUnitsMayBeMissing) {
  expect_all({{"10\\%", "10", kEqual},
              {"10\\%", "0.1", kEqual},
              {"10\\%", "11", kDifferent},
              {"90^\\circ", "90", kEqual},
              {"90^\\circ", "\\frac{\\pi}{2}", kEqual},
              {"90°", "90 degrees", kEqual},
              {"575\\text{ students}", "575", kEqual},
              {"15\\mbox{ cm}^2", "15", kEqual},
              {"5\\text{ km}", "5000\\text{ m}", kEqual},
              {"5\\text{ km}", "5\\text{ m}", kDifferent},
              {"9\\text{ a.m.}", "9\\text{ p.m.}", kDifferent},
              {"3^{rd}", "3", kEqual}});
}

TEST(Judge, ConstantsAreProven) {
  expect_all({{"\\sqrt{2}\\sqrt{3}", "\\sqrt{6}", kEqual},
              {"\\sqrt{5+2\\sqrt{6}}", "√2 + √3", kEqual},
              {"\\cos(\\pi/5)", "\\frac{1+\\sqrt5}{4}", kEqual},
              {"\\cos 58^\\circ", "\\sin 32^\\circ", kEqual},
              {"\\sin 10^\\circ \\sin 50^\\circ \\sin 70^\\circ", "1/8", kEqual},
              {"\\frac{\\log 8}{\\log 2}", "3", kEqual},
              {"\\log_2 8", "3", kEqual},
              {"\\arctan(1/2)+\\arctan(1/3)", "\\pi/4", kEqual},
              {"e^{i\\pi}", "-1", kEqual},
              {"\\pi", "355/113", kDifferent},
              {"\\pi", "3.14159265358979323846264338327950288", kDifferent},
              {"\\sqrt[3]{-8}", "-2", kEqual},
              {"\\sqrt[3]{2+\\sqrt5}+\\sqrt[3]{2-\\sqrt5}", "1", kEqual},
              {"(1+i)^2", "2i", kEqual},
              {"\\frac{7}{5} + \\frac{1}{5} i.", "(7+i)/5", kEqual},
              {"\\infty", "+\\infty", kEqual},
              {"\\infty", "-\\infty", kDifferent}});
}

TEST(Judge, ExpressionsInVariables) {
  expect_all({{"(x+1)^2", "x^2+2x+1", kEqual},
              {"\\frac{x+2}{7}", "x/7+2/7", kEqual},
              {"7p+4e", "4e+7p", kEqual},
              {"3 - 2f(x)", "-2f(x)+3", kEqual},
              {"x^{2/3}", "\\sqrt[3]{x}^2", kEqual},
              {"2x^2", "2x^3", kDifferent},
              {"\\sqrt{2}\\sqrt{3}x", "\\sqrt{6}x", kEqual},
              {"\\sqrt{x^2}", "x", kDifferent},
              {"\\sqrt{x^2}", "|x|", Evidence::agrees_at_points},
              {"\\tan^2(y)+1", "\\sec^2(y)", Evidence::agrees_at_points},
              {"36x\\sqrt{35x}", "36\\sqrt{35}x\\sqrt{x}", Evidence::agrees_at_points},
              {"\\sqrt{x}\\sqrt{x}", "x\\cdot\\frac{|x|}{|x|}", kDifferent},
              {"f(x)", "f(y)", kDifferent},
              {"1/2x", "\\frac{1}{2x}", kEqual},
              {"1/2x", "x/2", kEqual}});
}

TEST(Judge, CollectionsKeepTheirKind) {
  expect_all(
      {{"1,-2", "-2, 1", kEqual},
       {"1 \\pm \\sqrt{19}", "1+\\sqrt{19}, 1-\\sqrt{19}", kEqual},
       {"\\{1\\pm\\sqrt{5},-2\\}", "-2, 1-\\sqrt5, \\sqrt5+1", kEqual},
       {"12\\text{ and }13", "12, 13", kEqual},
       {"7, -2, \\text{ and } -5", "-5,-2,7", kEqual},
       {"70,110", "110, 70", kEqual},
       {"58,500", "58500", kEqual},
       {"1,2", "1,2,3", kDifferent},
       {"(2,12)", "(12,2)", kDifferent},
       {"(2,12)", "2<x<12", kEqual},
       {"[2,12)", "(2,12)", kDifferent},
       {"(3,2)", "\\{3,2\\}", kDifferent},
       {"\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)", kEqual},
       {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", kEqual},
       {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}", kDifferent},
       {"(-\\infty,5)\\cup(5,\\infty)", "\\mathbb{R}\\setminus\\{5\\}", kEqual},
       {"\\{-1\\} \\cup [0,7)", "[0,7)\\cup\\{-1\\}", kEqual},
       {"(1,4-\\sqrt{3})\\cup(4+\\sqrt{3},7)", "(4+\\sqrt3,7)\\cup(1,4-\\sqrt3)", kEqual},
       {"3:1", "6:2", kEqual}});
}

TEST(Judge, StatementsNameTheirValues) {
  expect_all({{"x=5", "5", kEqual},
              {"5", "x = 5", kEqual},
              {"x=5", "y=5", kDifferent},
              {"x \\in [-2,7]", "-2 \\le x \\le 7", kEqual},
              {"x \\in [-2,7]", "[-2,7]", kEqual},
              {"x<3", "-x>-3", kEqual},
              {"x<3", "x>3", kDifferent},
              {"x<1 \\text{ or } x>3", "(-\\infty,1)\\cup(3,\\infty)", kEqual},
              {"y=2x+3", "4x-2y+6=0", kEqual},
              {"5x - 7y + 11z + 4 = 0", "-5x+7y-11z-4=0", kEqual},
              {"5x - 7y + 11z + 4 = 0", "5x-7y+11z-4=0", kDifferent},
              {"y = \\frac{3}{x}", "xy = 3", kEqual},
              {"f(2)<f(1)<f(4)", "f(4)>f(1)>f(2)", kEqual},
              {"x=1, y=2", "y=2, x=1", kEqual},
              {"a=4,\\,-8,\\,-10", "-10,-8,4", kEqual}});
}

TEST(Judge, WordsAreComparedAsText) {
  expect_all({{"\\text{Evelyn}", "evelyn", Evidence::text_match},
              {"\\text{Evelyn}", "Dana", Evidence::text_differs},
              {"\\text{June 20}", "June 20", Evidence::text_match},
              {"\\text{4:30 p.m.}", "4:30 PM", Evidence::text_match},
              {"\\text{1:03 PM}", "1:03 AM", Evidence::text_differs},
              {"\\text{neither}", "5", Evidence::text_differs},
              {"\\text{(C)}", "C", kEqual},
              {"\\text{A,C,F}", "C, F, A", kEqual},
              {"\\text{13}", "13", kEqual}});
}

TEST(Judge, BackslashesThatWereDoubledAndControlSpaces) {
  expect_all({{"\\\\left(\\\\frac{1}{5},2\\\\right)", "(0.2, 2)", kEqual},
              {"5\\ ", "5", kEqual},
              {"1,\\ 2", "2, 1", kEqual},
              {"x = 1/3 \\approx 0.33", "1/3", kEqual},
              {"1\\leq|z|\\leq 2", "z \\in [-2,-1] \\cup [1,2]", kEqual},
              {"\\begin{pmatrix}6\\\\8\\end{pmatrix}",
               "\\begin{pmatrix}1\\\\2\\end{pmatrix}+\\begin{pmatrix}5\\\\6\\end{pmatrix}", kEqual},
              {"2", "-1 \\mod 3", kEqual}});
}

struct PolicyCase {
  const char* gold;
  const char* answer;
  bool strict, math_verify, minerva;
};

TEST(Policies, DifferWhereTheirTableSaysSo) {
  const PolicyCase cases[] = {{"1/3", "0.333333", false, true, false},
                              {"2/4", "1/2", true, true, true},
                              {"1, 2", "2, 1", true, true, false},
                              {"(1,2)", "\\{1,2\\}", false, true, false},
                              {"(2,1)", "\\{1,2\\}", false, false, false},
                              {"(0,1)", "[0,1]", false, false, false},
                              {"x=5", "5", true, true, true},
                              {"x=5", "y=5", false, false, true},
                              {"7 = 11a + c", "11a + c", false, false, true},
                              {"e^{i\\pi}", "-1", true, true, false},
                              {"1\\frac12", "3/2", true, true, false},
                              {"5\\text{ cm}", "5", true, true, true},
                              {"90^\\circ", "90", true, true, true}};
  for (const PolicyCase& one : cases) {
    EXPECT_EQ(judge(one.gold, one.answer).equal, one.strict) << one.gold << " against " << one.answer;
    EXPECT_EQ(judge(one.gold, one.answer, policy_named("math_verify")).equal, one.math_verify)
        << one.gold << " against " << one.answer;
    EXPECT_EQ(judge(one.gold, one.answer, policy_named("minerva")).equal, one.minerva)
        << one.gold << " against " << one.answer;
  }
}

TEST(Policies, MathVerifysOptions) {
  Policy policy = policy_named("math_verify");
  EXPECT_FALSE(judge("[-2,7]", "-2 \\le x \\le 7", policy).equal);
  policy.allow_set_relation_comp = true;
  EXPECT_TRUE(judge("[-2,7]", "-2 \\le x \\le 7", policy).equal);
  EXPECT_FALSE(judge("f(x)", "f(y)", policy).equal);
  policy.strict = false;
  EXPECT_TRUE(judge("f(x)", "f(y)", policy).equal);
  EXPECT_FALSE(judge("1/3", "0.33", policy).equal);
  policy.precision = 2;
  EXPECT_TRUE(judge("1/3", "0.33", policy).equal);
}

TEST(Judge, NothingIsEqualToNothing) {
  EXPECT_FALSE(judge("", "").equal);
  EXPECT_FALSE(judge("5", "").equal);
  EXPECT_FALSE(judge("$$", "$$").equal);
}

TEST(Judge, ReadingOfTheGoldCanBeFixed) {
  Policy number;
  number.gold_reading = "number";
  EXPECT_FALSE(judge("58,500", "500, 58", number).equal);
  EXPECT_TRUE(judge("58,500", "500, 58").equal);
}

TEST(Judge, UnknownPolicyIsNamed) { EXPECT_THROW(policy_named("lenient"), Error); }

TEST(ParseAnswer, ShowsTextReadingsAndConstructs) {
  EXPECT_TRUE(parse_answer("\\text{Evelyn}").declared_text);
  EXPECT_EQ(parse_answer("70,110").readings.size(), 2u);
  EXPECT_EQ(parse_answer("\\int x dx").unsupported, "integral");
  EXPECT_EQ(parse_answer("1+").readings.size(), 0u);
  EXPECT_FALSE(parse_answer("1+").syntax_error.empty());
}

}  // namespace
}  // namespace reckon::suites::math
