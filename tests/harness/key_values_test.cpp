#include "harness/key_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace reckon::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(KeyValues, SplitsOnCommasOutsideOfBracketsAndQuotes) {
  EXPECT_THAT(parse_key_values("a=1, b = x=y ,until=['\\n', \"Q:, A:\"]", "--gen_kwargs"),
              ElementsAre(Pair("a", "1"), Pair("b", "x=y"), Pair("until", "['\\n', \"Q:, A:\"]")));
  EXPECT_TRUE(parse_key_values("", "--gen_kwargs").empty());
}

TEST(KeyValues, RefusesWhatIsNoPairAndWhatComesTwice) {
  EXPECT_THROW(parse_key_values("temperature", "--gen_kwargs"), Error);
  EXPECT_THROW(parse_key_values("=1", "--gen_kwargs"), Error);
  EXPECT_THROW(parse_key_values("a=1,a=2", "--gen_kwargs"), Error);
}

TEST(SamplingOptions, CommandLineWinsOverTheSuite) {
  suites::GenerationParameters suite;
  suite.temperature = 0.6;
  suite.top_p = 0.95;
  suite.max_gen_toks = 100;
  suite.until = {"Q:"};
  SamplingOptions options = sampling_options(suite, {});
  EXPECT_DOUBLE_EQ(options.temperature, 0.6);
  EXPECT_DOUBLE_EQ(options.top_p, 0.95);
  EXPECT_EQ(options.max_tokens, 100);
  options = sampling_options(
      suite, parse_key_values("temperature=0,max_gen_toks=7,until=['a','b,\\n']", "--gen_kwargs"));
  EXPECT_DOUBLE_EQ(options.temperature, 0.0);
  EXPECT_EQ(options.max_tokens, 7);
  EXPECT_THAT(options.until, ElementsAre("a", "b,\n"));
}

TEST(SamplingOptions, WithoutSamplingItIsGreedyAndRoomy) {
  const SamplingOptions options = sampling_options({}, {});
  EXPECT_DOUBLE_EQ(options.temperature, 0.0);
  EXPECT_EQ(options.max_tokens, kDefaultMaxTokens);
  suites::GenerationParameters suite;
  suite.temperature = 0.7;
  suite.do_sample = false;
  EXPECT_DOUBLE_EQ(sampling_options(suite, {}).temperature, 0.0);
  EXPECT_DOUBLE_EQ(sampling_options(suite, {{"temperature", "0.5"}}).temperature, 0.5);
}

TEST(SamplingOptions, ErrorsNameKeyAndNearest) {
  try {
    sampling_options({}, {{"temprature", "1"}});
    FAIL() << "an unknown key was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'temperature'"));
  }
  EXPECT_THROW(sampling_options({}, {{"top_p", "1.5"}}), Error);
  EXPECT_THROW(sampling_options({}, {{"temperature", "nan"}}), Error);
  EXPECT_THROW(sampling_options({}, {{"max_gen_toks", "12x"}}), Error);
}

}  // namespace
}  // namespace reckon::harness
