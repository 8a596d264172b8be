// The golden models as GGUF files, and models of quantised weights against themselves in F32.

#include <gtest/gtest.h>

#include <random>

#include "tests/engine/formats/gguf_model_writer.h"
#include "tests/engine/formats/quantised_models.h"
#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using engine::ModelConfig;

constexpr float kTolerance = 5e-4F;

ModelConfig config_of(const GoldenCase& golden) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  return engine::ModelSource::open(golden.folder, options)->config();
}

void expect_agreement(const GoldenCase& golden, const GgufBuilder& builder) {
  const TemporaryFolder folder;
  const auto source = engine::ModelSource::open(folder.write("m.gguf", builder.build()));
  ScoreOptions generated;
  generated.chunk = 1;
  generated.prompt_tokens = 5;
  for (const ScoreOptions& options : {ScoreOptions{}, generated}) {
    const Difference difference =
        largest_difference(score_tokens(*source, golden.tokens, options), golden.logprobs, golden.excluded);
    EXPECT_LE(difference.largest, kTolerance)
        << "position " << difference.position << ", token " << difference.token;
  }
}

TEST(GgufGolden, LlamaWithPermutedRowsAndRopeFactors) {
  const GoldenCase golden = read_golden("llama_llama3");
  expect_agreement(golden, llama_gguf(config_of(golden)));
}

TEST(GgufGolden, LlamaTiedEmbeddings) {
  const GoldenCase golden = read_golden("llama_gqa_tied");
  expect_agreement(golden, llama_gguf(config_of(golden)));
}

TEST(GgufGolden, LlamaWithLinearScaling) {
  const GoldenCase golden = read_golden("llama_linear");
  expect_agreement(golden, llama_gguf(config_of(golden)));
}

TEST(GgufGolden, DeepseekWithKvBWholeAndSplit) {
  for (const char* name : {"deepseek_yarn", "deepseek_groups", "deepseek_plain"}) {
    const GoldenCase golden = read_golden(name);
    const ModelConfig config = config_of(golden);
    for (const bool split : {false, true}) {
      SCOPED_TRACE(std::string(name) + (split ? ", kv_b split" : ", kv_b whole"));
      expect_agreement(golden, deepseek_gguf(config, split));
    }
  }
}

class QuantisedGguf : public testing::TestWithParam<std::string> {
 protected:
  std::vector<std::vector<float>> score(bool as_f32, const ScoreOptions& options) const {
    const TemporaryFolder folder;
    const std::string path = folder.write("m.gguf", quantised_model(GetParam(), as_f32).build());
    return score_tokens(*engine::ModelSource::open(path), tokens_, options);
  }
  Difference difference(const ScoreOptions& options) const {
    return largest_difference(score(false, options), score(true, options), std::vector<bool>(tokens_.size()));
  }
  void SetUp() override {
    std::mt19937 random(3);
    for (int i = 0; i < 96; ++i) tokens_.push_back(static_cast<std::int32_t>(random() % 157));
  }

 private:
  std::vector<std::int32_t> tokens_;
};

// With float32 activations blocks mean no more and no less than the numbers that they stand for.
TEST_P(QuantisedGguf, AgreesWithItsDequantisedWeights) {
  ScoreOptions generated;
  generated.chunk = 1;
  generated.prompt_tokens = 5;
  for (const ScoreOptions& options : {ScoreOptions{}, generated}) {
    const Difference found = difference(options);
    EXPECT_LE(found.largest, kTolerance) << "position " << found.position << ", token " << found.token;
  }
}

// That agreement is seen through: rounding the activations to int8 alone moves more than the tolerance.
TEST_P(QuantisedGguf, ActivationsRoundedToInt8AreSeen) {
  ScoreOptions options;
  options.activations = kernels::ActivationPrecision::by_weight;
  EXPECT_GT(difference(options).largest, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, QuantisedGguf, testing::ValuesIn(quantised_model_names()),
                         [](const testing::TestParamInfo<std::string>& model) { return model.param; });

}  // namespace
}  // namespace reckon::test
