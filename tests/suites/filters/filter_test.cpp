#include "suites/filters/answer_filter.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;

Extraction filtered(const std::string& functions, const std::string& text) {
  const json::Document entry = json::parse(R"({"name":"f","filter":)" + functions + "}", "test");
  const auto no_custom = [](const json::Value&, const std::string&) { return std::unique_ptr<FilterStep>(); };
  return AnswerFilter(entry, "suite.yaml: line 9", no_custom).apply(text, json::Value());
}

TEST(Filter, RegexTakesTheFirstMatchByDefault) {
  const std::string regex =
      R"x([{"function":"regex","regex_pattern":"#### (\\-?[0-9\\.\\,]+)"},{"function":"take_first"}])x";
  EXPECT_EQ(filtered(regex, "#### 1,234 #### 5").answer, "1,234");
  const Extraction none = filtered(regex, "no");
  EXPECT_EQ(none.answer, "[invalid]");
  EXPECT_FALSE(none.found);
  EXPECT_EQ(none.rule, "");
}

TEST(Filter, RegexOfTwoGroupsTakesTheOneThatHoldsSomething) {
  const std::string flexible =
      R"x([{"function":"regex","group_select":-1,"regex_pattern":"(-?[$0-9.,]{2,})|(-?[0-9]+)"},{"function":"take_first"}])x";
  EXPECT_EQ(filtered(flexible, "first 12, then 7").answer, "7");
  EXPECT_EQ(filtered(flexible, "first 7, then $1,200").answer, "$1,200");
  EXPECT_EQ(filtered(flexible, "none").answer, "[invalid]");
}

TEST(Filter, FunctionsApplyInOrder) {
  EXPECT_EQ(filtered(R"x([{"function":"remove_whitespace"},{"function":"lowercase"}])x",
                     "  \xC3\x84"
                     "B ")
                .answer,
            "\xC3\xA4"
            "b");
  EXPECT_EQ(filtered(R"x([{"function":"uppercase"}])x", "ab").answer, "AB");
  const std::string map =
      R"x([{"function":"lowercase"},{"function":"map","mapping_dict":{"yes":"A","no":1},"default_value":"?"}])x";
  EXPECT_EQ(filtered(map, "YES").answer, "A");
  EXPECT_EQ(filtered(map, "No").answer, "1");
  EXPECT_EQ(filtered(map, "perhaps").answer, "?");
}

TEST(Filter, UnknownFunctionsNameWhatIsSupported) {
  const std::string message = error_of([] { filtered(R"x([{"function":"regexp"}])x", ""); });
  EXPECT_NE(message.find("suite.yaml: line 9"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'regex'"), std::string::npos) << message;
  EXPECT_NE(message.find("remove_whitespace"), std::string::npos) << message;
  EXPECT_NE(error_of([] { filtered(R"x([{"function":"take_first_k"}])x", ""); }).find("'k' is missing"),
            std::string::npos);
  EXPECT_NE(
      error_of([] { filtered(R"x([{"function":"regex","regex_patern":"x"}])x", ""); }).find("regex_pattern"),
      std::string::npos);
  EXPECT_NE(error_of([] { filtered(R"x([{"function":"format_span"}])x", ""); }).find("is not supported"),
            std::string::npos);
  EXPECT_NE(error_of([] { filtered(R"x([{"name":"regex"}])x", ""); }).find("function"), std::string::npos);
}

}  // namespace
}  // namespace reckon::suites
