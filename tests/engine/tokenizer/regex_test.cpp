// Oniguruma patterns run by PCRE2.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/tokenizer/regex.h"

namespace reckon::engine {
namespace {

using testing::ElementsAre;

std::vector<std::string> matches(const std::string& pattern, const std::string& text) {
  std::vector<TextRange> ranges;
  Regex(pattern, "test").find_all(text, ranges);
  std::vector<std::string> found;
  for (const auto& range : ranges) found.push_back(text.substr(range.begin, range.end - range.begin));
  return found;
}

TEST(TokenizerRegex, finds_all_matches_from_left_to_right) {
  EXPECT_THAT(matches(R"(\p{L}+|\p{N}{1,3})", "ab 12345 Ünï"), ElementsAre("ab", "123", "45", "Ünï"));
  EXPECT_THAT(matches(R"(\s+(?!\S)|\s+)", "a  b "), ElementsAre(" ", " ", " "));
}

TEST(TokenizerRegex, white_space_and_words_are_onigurumas) {
  // U+180E is white space to PCRE2, not to Oniguruma; U+0301 is a word character to Oniguruma, not to PCRE2.
  EXPECT_THAT(matches(R"(\s)", "a\u180E\u2003\u0085"), ElementsAre("\u2003", "\u0085"));
  EXPECT_THAT(matches(R"(\w+)", "e\u0301_1 \u24D0-x"), ElementsAre("e\u0301_1", "\u24D0", "x"));
  EXPECT_THAT(matches(R"([^\s\S])", "a b"), ElementsAre());
  EXPECT_THAT(matches(R"(\h+)", "xyz09afG"), ElementsAre("09af"));
}

TEST(TokenizerRegex, the_end_of_a_line_is_an_end) {
  EXPECT_THAT(matches(R"(\s+$)", "a \nb  "), ElementsAre(" ", "  "));
}

TEST(TokenizerRegex, classes_intersect_and_nest) {
  EXPECT_THAT(matches(R"([\p{L}&&[^\p{Han}]]+)", "ab漢cd"), ElementsAre("ab", "cd"));
  EXPECT_THAT(matches(R"([a[0-9]_]+)", "a1_b2"), ElementsAre("a1_", "2"));
  EXPECT_THAT(matches(R"([^a-c&&[b-d]]+)", "abcd"), ElementsAre("a", "d"));
  EXPECT_THAT(matches(R"([]\]x]+)", "a]x"), ElementsAre("]x"));
}

TEST(TokenizerRegex, empty_matches_do_not_repeat) {
  EXPECT_THAT(matches(R"((?=(\d{3})+(?!\d)))", "12345678"), ElementsAre("", ""));
  EXPECT_THAT(matches("x*", "axb"), ElementsAre("", "x", ""));
}

TEST(TokenizerRegex, patterns_that_are_none_are_refused) {
  for (const char* pattern : {"(", "[a", "a\\", "[[:alpha:", "\\p{Nonsense}", "*", "\\C", "[&&]"}) {
    EXPECT_THROW(Regex(pattern, "test"), Error) << pattern;
  }
  EXPECT_THROW(Regex(std::string(100'000, 'a'), "test"), Error);
  EXPECT_THROW(Regex(std::string(300, '(') + std::string(300, ')'), "test"), Error);
  EXPECT_THROW(Regex(std::string(300, '[') + "a" + std::string(300, ']'), "test"), Error);
}

TEST(TokenizerRegex, a_pattern_that_never_ends_is_stopped) {
  const Regex regex("(a+)+$", "test");
  std::vector<TextRange> ranges;
  EXPECT_THROW(regex.find_all(std::string(200, 'a') + "b", ranges), Error);
}

}  // namespace
}  // namespace reckon::engine
