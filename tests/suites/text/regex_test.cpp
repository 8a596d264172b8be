#include "suites/text/regex.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

std::vector<std::string> found(const std::string& pattern, const std::string& text, std::size_t group = 0) {
  std::vector<std::string> result;
  for (const RegexMatch& match : Regex(pattern, "test").find_all(text).all) {
    result.emplace_back(match.text(text, group));
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(Regex, FindsAllFromLeftToRight) {
  EXPECT_EQ(found("a+", "baaab aa"), (Texts{"aaa", "aa"}));
  EXPECT_EQ(found("(\\d+)-(\\d+)", "1-2 33-44", 2), (Texts{"2", "44"}));
}

TEST(Regex, EmptyMatchesAdvance) {
  // As re.findall("x*", "axb"): '', 'x', '', ''.
  EXPECT_EQ(found("x*", "axb"), (Texts{"", "x", "", ""}));
}

TEST(Regex, HasPythonsMeaningOfEndAnchors) {
  EXPECT_EQ(found("b$", "ab\n"), (Texts{"b"}));
  EXPECT_EQ(found("b\\Z", "ab\n"), (Texts{}));
  EXPECT_EQ(found("b\\Z", "ab"), (Texts{"b"}));
}

TEST(Regex, MatchesUnicodeDigitsAndCase) {
  EXPECT_EQ(found("\\d", "\xD9\xA3"), (Texts{"\xD9\xA3"}));  // arabic-indic three
  EXPECT_EQ(found("(?i)\xC3\x84", "\xC3\xA4"), (Texts{"\xC3\xA4"}));
}

TEST(Regex, LookbehindSeesTextBeforeTheStart) {
  EXPECT_EQ(found("(?<=the answer is )(.*)(?=.)", "So the answer is (B)."), (Texts{"(B)"}));
}

TEST(Regex, BadPatternNamesPlaceAndReason) {
  const std::string message = test::error_of([] { Regex("a(b", "suite.yaml: line 3"); });
  EXPECT_NE(message.find("suite.yaml: line 3"), std::string::npos) << message;
  EXPECT_NE(message.find("a(b"), std::string::npos) << message;
}

TEST(Regex, CatastrophicPatternEndsAtTheStepLimit) {
  const std::string text = std::string(200, 'a') + "b";
  const Regex::Matches matches = Regex("^(a+)+$", "test").find_all(text);
  EXPECT_EQ(matches.outcome, Regex::Outcome::limit);
  EXPECT_TRUE(matches.all.empty());
}

TEST(Regex, LongTextIsSearchedToItsEnd) {
  std::string text(1'000'000, 'x');
  text += "#### 42";
  EXPECT_EQ(found("#### (\\-?[0-9\\.\\,]+)", text, 1), (Texts{"42"}));
  EXPECT_EQ(found("(?s).*#### ", text).size(), 1U);
}

TEST(Regex, WindowsDoNotSplitMatches) {
  // A match that begins before and ends behind the first window of places that are tried.
  std::string text(1020, 'x');
  text += std::string(500, 'y');
  EXPECT_EQ(found("y+", text), (Texts{std::string(500, 'y')}));
  EXPECT_EQ(found("x+y+", text), (Texts{text}));
}

TEST(Regex, WindowsKeepToCharacters) {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "\xE2\x82\xAC";
  }
  text += "9";
  EXPECT_EQ(found("\\d", text), (Texts{"9"}));
}

TEST(Regex, RemovesAllMatches) {
  EXPECT_EQ(Regex(",", "test").remove_all("1,234,567"), "1234567");
  EXPECT_EQ(Regex("(?s).*#### ", "test").remove_all("x\ny #### 5"), "5");
  EXPECT_EQ(Regex("\\.$", "test").remove_all("5.0."), "5.0");
}

}  // namespace
}  // namespace reckon::suites
