#include "suites/generators/arithmetic.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "suites/generators/expression.h"
#include "suites/generators/item_stream.h"

namespace reckon::suites {
namespace {

// Recursive descent over +, -, * and parentheses: an evaluation that shares nothing with the generator.
class Evaluator {
 public:
  explicit Evaluator(const std::string& text) {
    for (const char c : text) {
      if (c != ' ') text_ += c;
    }
  }
  int run() {
    const int value = sum();
    EXPECT_EQ(at_, text_.size()) << "cannot read '" << text_ << "'";
    return value;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  int sum() {
    int value = product();
    while (peek() == '+' || peek() == '-') {
      value = text_[at_++] == '+' ? value + product() : value - product();
    }
    return value;
  }
  int product() {
    int value = atom();
    while (peek() == '*') {
      ++at_;
      value *= atom();
    }
    return value;
  }
  int atom() {
    if (peek() == '(') {
      ++at_;
      const int value = sum();
      EXPECT_EQ(peek(), ')') << text_;
      ++at_;
      return value;
    }
    EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(peek()))) << text_;
    int value = 0;
    while (std::isdigit(static_cast<unsigned char>(peek()))) {
      value = value * 10 + (text_[at_++] - '0');
    }
    return value;
  }
  std::string text_;
  std::size_t at_ = 0;
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<int> numbers_in(const std::string& text) {
  std::vector<int> numbers;
  for (std::size_t at = 0; at < text.size();) {
    if (!std::isdigit(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    std::size_t length = 0;
    numbers.push_back(std::stoi(text.substr(at), &length));
    at += length;
  }
  return numbers;
}

// The expression that the thinking starts from: its first line, up to the columns or the result.
std::string first_expression(const Item& item) {
  const std::string line = item.thinking.substr(0, item.thinking.find('\n'));
  return line.substr(0, line.find_first_of(":="));
}

TEST(Arithmetic, EveryLineOfThinkingIsTrueAndKeepsTheValue) {
  ItemStream stream(Family::kArithmetic, Split::kTrain, 11, Level::kFull);
  for (int i = 0; i < 3000; ++i) {
    const Item item = stream.next();
    const int answer = std::stoi(item.answer);
    EXPECT_EQ(Evaluator(first_expression(item)).run(), answer) << item.thinking;
    for (const std::string& line : split(item.thinking, '\n')) {
      const std::size_t columns = line.find(':');
      if (columns == std::string::npos && line.find('=') == std::string::npos) {
        EXPECT_EQ(Evaluator(line).run(), answer) << item.thinking;
        continue;
      }
      std::vector<std::string> claims;
      if (columns == std::string::npos) {
        claims = {line};
      } else {
        const std::size_t so = line.find(" so ");
        ASSERT_NE(so, std::string::npos) << line;
        claims = split(line.substr(columns + 1, so - columns - 1), ',');
        claims.push_back(line.substr(0, columns) + "=" + line.substr(so + 4));
      }
      for (const std::string& claim : claims) {
        const std::size_t equals = claim.find('=');
        ASSERT_NE(equals, std::string::npos) << claim;
        EXPECT_EQ(Evaluator(claim.substr(0, equals)).run(), std::stoi(claim.substr(equals + 1)))
            << item.thinking;
      }
    }
    const std::vector<int> worked = numbers_in(item.thinking);
    EXPECT_EQ(worked.back(), answer) << item.thinking;
  }
}

TEST(Arithmetic, ExpressionsInPromptsHaveTheAnswerAsValue) {
  ItemStream stream(Family::kArithmetic, Split::kTrain, 12, Level::kFull);
  int expressions = 0;
  for (int i = 0; i < 3000; ++i) {
    const Item item = stream.next();
    for (const std::string ask : {"What is ", "Compute ", "Work out "}) {
      if (item.prompt.rfind(ask, 0) == 0) {
        ++expressions;
        const std::string text = item.prompt.substr(ask.size(), item.prompt.size() - ask.size() - 1);
        EXPECT_EQ(Evaluator(text).run(), std::stoi(item.answer)) << item.prompt;
      }
    }
  }
  EXPECT_GT(expressions, 1000);
  EXPECT_LT(expressions, 2000);
}

TEST(Arithmetic, StoriesUseEachOfTheirNumbers) {
  ItemStream stream(Family::kArithmetic, Split::kTrain, 13, Level::kFull);
  for (int i = 0; i < 3000; ++i) {
    const Item item = stream.next();
    const std::vector<int> told = numbers_in(item.prompt);
    const std::vector<int> used = numbers_in(first_expression(item));
    EXPECT_EQ(std::set<int>(told.begin(), told.end()), std::set<int>(used.begin(), used.end()))
        << item.prompt;
  }
}

TEST(Arithmetic, LevelsLimitTheOperations) {
  ItemStream easy(Family::kArithmetic, Split::kTrain, 14, Level::kEasy);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(numbers_in(first_expression(easy.next())).size(), 2U);
  }
}

TEST(Expression, CanonicalFormForgetsTheOrderOfSumsAndProductsOnly) {
  const auto sum = [](int a, int b) { return combine('+', number(a), number(b)); };
  EXPECT_EQ(to_canonical(*sum(12, 7)), to_canonical(*sum(7, 12)));
  EXPECT_EQ(to_canonical(*combine('*', number(3), sum(1, 2))),
            to_canonical(*combine('*', sum(2, 1), number(3))));
  EXPECT_NE(to_canonical(*combine('-', number(9), number(4))),
            to_canonical(*combine('-', number(4), number(9))));
  EXPECT_NE(to_canonical(*sum(1, 2)), to_canonical(*combine('*', number(1), number(2))));
}

TEST(Expression, ParenthesesKeepTheTree) {
  EXPECT_EQ(to_text(*combine('-', number(9), combine('+', number(1), number(2))), false), "9-(1+2)");
  EXPECT_EQ(to_text(*combine('-', combine('+', number(9), number(1)), number(2)), true), "9 + 1 - 2");
  EXPECT_EQ(to_text(*combine('*', combine('+', number(9), number(1)), number(2)), false), "(9+1)*2");
}

TEST(Expression, WorksOutCarriesAndBorrows) {
  EXPECT_EQ(work_out(combine('+', number(47), number(38))), "47+38:7+8=15,4+3+1=8 so 85");
  EXPECT_EQ(work_out(combine('-', number(302), number(5))), "302-5:12-5=7,10-1-0=9,3-1-0=2 so 297");
  EXPECT_EQ(work_out(combine('*', number(47), number(6))), "47*6:7*6=42,4*6=24,24+4=28 so 282");
  EXPECT_EQ(work_out(combine('*', combine('+', number(4), number(5)), number(3))), "(4+5)*3\n4+5=9\n9*3=27");
}

TEST(Expression, RefusesWhatIsTooHard) {
  EXPECT_TRUE(is_workable(*combine('*', number(9), number(99))));
  EXPECT_FALSE(is_workable(*combine('*', number(10), number(10))));
  EXPECT_FALSE(is_workable(*combine('-', number(3), number(4))));
  EXPECT_FALSE(is_workable(*combine('+', number(999), number(1))));
}

}  // namespace
}  // namespace reckon::suites
