#include "harness/sample_record.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace reckon::harness {
namespace {

SampleRecord example(const suites::Sample& sample, const suites::Prompt& prompt) {
  SampleRecord record;
  record.sample = &sample;
  record.prompt = &prompt;
  record.repeat = 2;
  record.completion.text = "x</script>\xFF\ny";
  record.completion.thinking = "x";
  record.completion.answer = "y";
  record.completion.usage.output_tokens = 9;
  record.seed = 18446744073709551615ULL;
  return record;
}

TEST(SampleLine, IsOneValidLineWhateverTheModelWrote) {
  suites::Sample sample;
  sample.doc_id = 7;
  sample.doc = R"({"question":"q"})";
  sample.target = "t";
  sample.doc_hash = "abc";
  suites::Prompt prompt;
  prompt.messages = {{"user", "q"}};
  SampleRecord record = example(sample, prompt);
  record.verdict =
      suites::Verdict{true, "y", "last_boxed", "equal", "proven_equal", "", {{"exact_match,none", 1.0}}};
  const std::string line = sample_line(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json::Document document = json::parse(line, "line");
  EXPECT_EQ(document["doc"]["question"], "q");
  EXPECT_STREQ(document["resps"][0].GetString(), "x</script>\xEF\xBF\xBD\ny");
  EXPECT_STREQ(document["seed"].GetString(), "18446744073709551615");
  EXPECT_TRUE(document["correct"].GetBool());
  EXPECT_STREQ(document["evidence"].GetString(), "proven_equal");
  EXPECT_EQ(document["metrics"]["exact_match,none"].GetDouble(), 1.0);

  const RecordedSample recorded = read_recorded_sample(line, "line");
  EXPECT_EQ(recorded.doc_id, 7);
  EXPECT_EQ(recorded.repeat, 2);
  EXPECT_EQ(recorded.doc_hash, "abc");
  EXPECT_TRUE(recorded.finished);
  EXPECT_EQ(recorded.output_tokens, 9);
}

TEST(SampleLine, AFailureIsNotGradedAndNotFinished) {
  suites::Sample sample;
  sample.doc = "{}";
  suites::Prompt prompt;
  prompt.text = "p";
  SampleRecord record = example(sample, prompt);
  record.completion.finish_reason = FinishReason::error;
  record.completion.error = "no memory";
  const std::string line = sample_line(record);
  const json::Document document = json::parse(line, "line");
  EXPECT_TRUE(document["correct"].IsNull());
  EXPECT_FALSE(document["graded"].GetBool());
  EXPECT_FALSE(read_recorded_sample(line, "line").finished);
}

TEST(ReadRecordedSample, NamesTheSource) {
  EXPECT_THROW(read_recorded_sample("{}", "f: line 1"), Error);
  EXPECT_THROW(read_recorded_sample("not json", "f: line 1"), Error);
  EXPECT_THROW(read_recorded_sample(R"({"doc_id":-1,"finish_reason":"stop"})", "f: line 1"), Error);
}

}  // namespace
}  // namespace reckon::harness
