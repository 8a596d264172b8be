#include <gtest/gtest.h>

#include "suites/graders/grader.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::grader;

const char* const kGold = "(1) Ann is a knight\n(2) Bob is a knave\n(3) Cid is a knave";

TEST(Assignment, WaysToSayTheSame) {
  for (const char* answer :
       {"Ann is a knight, Bob is a knave, Cid is a knave", "Cid: knave; Bob: knave; Ann: Knight",
        "Ann is a knight, and Bob and Cid are knaves.", "Ann is a knight while both Bob and Cid are knaves",
        "(1) Ann is a knight\n(2) Bob is a knave\n(3) Cid is a knave",
        "**Ann**: knight\n**Bob**: knave\n**Cid**: knave",
        "\\text{Ann is a knight}, \\text{Bob is a knave}, \\text{Cid is a knave}",
        "Ann = knight, Bob = knave, Cid = knave", "Knights: Ann. Knaves: Bob, Cid.",
        "Knights:\n- Ann\nKnaves:\n- Bob\n- Cid", "| Ann | knight |\n| Bob | knave |\n| Cid | knave |",
        "Ann is not a knave, Bob is not a knight, Cid is a knave",
        "Ann must be a knight. Therefore Bob is a knave, so Cid is a knave.",
        "If Cid says that Bob is a knight, he lies. Ann is a knight. Bob is a knave. Cid is a knave.",
        "ann is a KNIGHT, bob is a KNAVE, cid is a KNAVE"}) {
    const Grade grade = grader("assignment")->grade(kGold, answer);
    EXPECT_TRUE(grade.correct) << answer << ": " << grade.why;
    EXPECT_EQ(grade.credit, 1.0) << answer;
  }
}

TEST(Assignment, CreditIsTheShareOfPeople) {
  const Grade two = grader("assignment")->grade(kGold, "Ann is a knight, Bob is a knight, Cid is a knave");
  EXPECT_FALSE(two.correct);
  EXPECT_DOUBLE_EQ(*two.credit, 2.0 / 3);
  EXPECT_EQ(two.why, "2 of 3 right: bob is a knave, not a knight");
  const Grade missing = grader("assignment")->grade(kGold, "Ann is a knight, Bob is a knave");
  EXPECT_FALSE(missing.correct);
  EXPECT_NE(missing.why.find("cid is missing"), std::string::npos) << missing.why;
  for (const char* none :
       {"", "knight, knave, knave", "Dan is a knight", "Ann, Bob, Cid", "knight: ", "is is is"}) {
    EXPECT_EQ(grader("assignment")->grade(kGold, none).credit, 0.0) << none;
  }
}

TEST(Assignment, AStatementAboutAnotherIsNotOnesOwn) {
  // What Ann says is about Bob: nothing is known of Ann.
  const Grade grade =
      grader("assignment")->grade("Ann is a knave, Bob is a knave", "Ann claims Bob is a knave");
  EXPECT_DOUBLE_EQ(*grade.credit, 0.5);
}

TEST(Assignment, TheLastStatementCounts) {
  const Grade grade =
      grader("assignment")
          ->grade("Ann is a knave", "Suppose Ann is a knight. Contradiction. Ann is a knave.");
  EXPECT_TRUE(grade.correct) << grade.why;
}

TEST(Assignment, OtherValuesAndBadGolds) {
  const auto colours = grader("assignment", R"({"values":["red","blue","green"]})");
  EXPECT_TRUE(colours->grade("Ann: red, Bob: green", "Bob is green and Ann is red").correct);
  EXPECT_EQ(grader("assignment")->complaint_about_gold(kGold), "");
  EXPECT_NE(grader("assignment")->complaint_about_gold("42"), "");
}

}  // namespace
}  // namespace reckon::suites
