// Whole models on the CUDA back end against the CPU one, bit for bit, in whole prompts and in chunks.
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <tuple>

#include "engine/model/transformer.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/gpu/both_backends.h"
#include "tests/support/shared_data.h"

namespace reckon::kernels::test {
namespace {

constexpr std::int32_t kPageTokens = 16;

RaggedBatch batch_of(const std::vector<std::int32_t>& tokens, std::int32_t first, std::int32_t count,
                     std::int32_t prompt_tokens) {
  RaggedBatch batch;
  for (std::int32_t i = first; i < first + count; ++i) {
    batch.token_ids.push_back(tokens[static_cast<std::size_t>(i)]);
    batch.positions.push_back(i);
    batch.roles.push_back(i < prompt_tokens ? TokenRole::prompt : TokenRole::generated);
  }
  std::vector<std::int32_t> pages(static_cast<std::size_t>((first + count + kPageTokens - 1) / kPageTokens));
  std::iota(pages.rbegin(), pages.rend(), 0);
  const auto most = static_cast<std::int32_t>(tokens.size()) / kPageTokens;
  for (std::size_t i = 0; i < pages.size(); ++i) pages[i] = most - static_cast<std::int32_t>(i);
  batch.sequences.push_back({0, count, first, pages});
  return batch;
}

/// Log-probabilities behind each token.
Values score(const Bench& b, const engine::ModelSource& source, const std::vector<std::int32_t>& tokens,
             std::int32_t prompt_tokens, std::int32_t chunk) {
  const auto count = static_cast<std::int32_t>(tokens.size());
  const auto model = engine::Transformer::load(source, b.backend, {chunk, {}});
  KvCacheSpec spec = model->kv_spec(DataType::f16, kPageTokens);
  spec.pages = count / kPageTokens + 1;
  const KvCacheHandle cache = b->create_kv_cache(spec);
  Values values;
  for (std::int32_t first = 0; first < count;) {
    // Generated tokens come one at a time.
    const std::int32_t step = first < prompt_tokens ? std::min(chunk, prompt_tokens - first) : 1;
    const RaggedBatch batch = batch_of(tokens, first, step, prompt_tokens);
    std::vector<std::int32_t> rows(static_cast<std::size_t>(step));
    std::iota(rows.begin(), rows.end(), 0);
    const Tensor hidden = model->forward(batch, cache, rows);
    for (std::int32_t row = 0; row < step; row += engine::kLogitBlock) {
      const Tensor logits = model->logits(hidden, row, std::min(engine::kLogitBlock, step - row));
      b->log_softmax(logits);
      append(values, b.get(logits));
    }
    first += step;
  }
  b->release_kv_cache(cache);
  return values;
}

/// Mean over rows of KL(expected || other), in nats.
double mean_divergence(const Values& expected, const Values& other, std::size_t vocabulary) {
  double sum = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = static_cast<double>(expected[i]);
    sum += std::exp(at) * (at - static_cast<double>(other[i]));
  }
  return sum / static_cast<double>(expected.size() / vocabulary);
}

class CudaModels : public DeviceTestWith<std::string> {};

TEST_P(CudaModels, GiveTheBitsOfTheCpuInWholePromptsAndInChunks) {
  const std::string folder = engine::test::write_tiny_model(GetParam());
  engine::OpenOptions open;
  open.dummy_weights = true;
  const auto source = engine::ModelSource::open(folder, open);
  const std::int32_t length = on_a_card() ? 600 : 12;
  std::vector<std::int32_t> tokens;
  std::mt19937 engine(3);
  for (std::int32_t i = 0; i < length; ++i) tokens.push_back(static_cast<std::int32_t>(engine() % 160));
  const std::int32_t prompt = length - 4;

  BackendOptions options;
  options.threads = 1;
  options.activations = ActivationPrecision::float32;
  const auto cpu = make_cpu_backend(options);
  const auto cuda = make_tested_backend(options);
  const Values expected = score({*cpu}, *source, tokens, prompt, length);
  expect_same_bits(score({*cuda}, *source, tokens, prompt, length), expected);
  expect_same_bits(score({*cuda}, *source, tokens, prompt, 7), expected);

  // On tensor cores: the same in chunks, and as close to float32 as 16 bits are; with FP8 activations, about
  // as close as the CPU with its own.
  options.activations = ActivationPrecision::by_weight;
  const auto cuda_rounded = make_tested_backend(options);
  const Values rounded = score({*cuda_rounded}, *source, tokens, prompt, length);
  expect_same_bits(score({*cuda_rounded}, *source, tokens, prompt, 7), rounded);
  double allowed = 3e-3;
  double divergence = mean_divergence(expected, rounded, 160);
  if (GetParam() == "deepseek_fp8") {
    // Small differences flip FP8 roundings, so that only a mean over many tokens says something.
    while (tokens.size() < 96) tokens.push_back(static_cast<std::int32_t>(engine() % 160));
    const auto many = static_cast<std::int32_t>(tokens.size());
    const auto cpu_rounded = make_cpu_backend(options);
    const auto score_many = [&](Backend& backend) {
      return score({backend}, *source, tokens, many - many / 4, many);
    };
    const Values exact = score_many(*cpu);
    allowed = 1.5 * mean_divergence(exact, score_many(*cpu_rounded), 160);
    divergence = mean_divergence(exact, score_many(*cuda_rounded), 160);
  }
  RecordProperty("mean_divergence_nats", std::to_string(divergence));
  RecordProperty("allowed_divergence_nats", std::to_string(allowed));
  EXPECT_LE(divergence, allowed);
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Tiny, CudaModels, testing::ValuesIn(engine::test::tiny_model_names()),
                         [](const testing::TestParamInfo<std::string>& model) { return model.param; });

// The models that are shipped: small, but trained, so that their answers mean something.

/// Where programs look for them, or beside these sources; "" where they are not.
std::string shipped_model(const std::string& name) {
  const char* share = std::getenv("RECKON_SHARE");
  for (const std::string& folder : {share != nullptr ? share + std::string("/models/") + name : std::string(),
                                    reckon::test::source_file("models/" + name)}) {
    if (!folder.empty() && std::filesystem::exists(folder + "/config.json")) return folder;
  }
  return "";
}

double perplexity(const Values& logprobs, const std::vector<std::int32_t>& tokens, std::size_t vocabulary) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    sum -= static_cast<double>(logprobs[i * vocabulary + static_cast<std::size_t>(tokens[i + 1])]);
  return std::exp(sum / static_cast<double>(tokens.size() - 1));
}

/// The model, and whether tensor_cores=wgmma.
class CudaTrainedModels : public DeviceTestWith<std::tuple<std::string, bool>> {
 protected:
  void SetUp() override {
    DeviceTestWith<std::tuple<std::string, bool>>::SetUp();
    if (IsSkipped() || !std::get<1>(GetParam())) return;
    use_fp8_device(true);
    if (!has_warp_groups()) GTEST_SKIP() << "the device has no wgmma";
  }
  void TearDown() override { use_fp8_device(false); }
};

TEST_P(CudaTrainedModels, AreAsCloseToFloat32AsTheirWeightsAllow) {
  const auto& [name, by_warp_groups] = GetParam();
  const std::string folder = shipped_model(name);
  if (folder.empty()) GTEST_SKIP() << name << " is not here";
  const auto source = engine::ModelSource::open(folder);
  std::string text = "Anna has 3 apples and buys 4 more. How many apples does she have now? 3 + 4 = 7.";
  if (on_a_card())
    for (int i = 0; i < 3; ++i) text += " " + text;
  std::vector<std::int32_t> tokens;
  for (const auto token : source->load_tokenizer()->encode(text))
    tokens.push_back(static_cast<std::int32_t>(token));
  const auto count = static_cast<std::int32_t>(tokens.size());
  ASSERT_GE(count, 20);
  const auto vocabulary = static_cast<std::size_t>(source->config().vocab_size);
  const auto score_by = [&](Backend& backend) { return score({backend}, *source, tokens, count - 4, count); };

  BackendOptions options;
  options.threads = 1;
  options.warp_groups = by_warp_groups;
  const auto cuda = make_tested_backend(options);
  options.warp_groups = false;
  const Values found = score_by(*cuda);
  const auto cpu_by_weight = make_cpu_backend(options);
  options.activations = ActivationPrecision::float32;
  const auto cpu = make_cpu_backend(options);
  const Values exact = score_by(*cpu);
  const bool fp8 = source->config().fp8_block_rows > 0;
  // FP8: both back ends quantise activations alike, which costs more than rounding to 16 bits.
  const double allowed = fp8 ? 1.5 * mean_divergence(exact, score_by(*cpu_by_weight), vocabulary) : 3e-3;
  const double divergence = mean_divergence(exact, found, vocabulary);
  const double ratio = perplexity(found, tokens, vocabulary) / perplexity(exact, tokens, vocabulary);
  RecordProperty("mean_divergence_nats", std::to_string(divergence));
  RecordProperty("allowed_divergence_nats", std::to_string(allowed));
  RecordProperty("perplexity_ratio", std::to_string(ratio));
  EXPECT_GT(divergence, 0.0);
  EXPECT_LE(divergence, allowed);
  if (!fp8) {
    EXPECT_NEAR(ratio, 1.0, 5e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, CudaTrainedModels,
                         testing::Combine(testing::Values("reckon-demo-dense", "reckon-demo-moe"),
                                          testing::Bool()),
                         [](const testing::TestParamInfo<std::tuple<std::string, bool>>& model) {
                           const std::string& name = std::get<0>(model.param);
                           return name.substr(name.rfind('-') + 1) +
                                  (std::get<1>(model.param) ? "_wgmma" : "");
                         });

}  // namespace
}  // namespace reckon::kernels::test
