// Whole models on the CUDA back end divided among ranks that are threads: experts on other ranks change no
// bit, divided heads and widths stay within float32's rounding and give the same bits each time.
#include <cmath>
#include <filesystem>

#include "engine/model/transformer.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/gpu/both_backends.h"
#include "tests/kernels/run_ranks.h"

namespace reckon::kernels::test {
namespace {

constexpr std::int32_t kPageTokens = 16;
constexpr std::int32_t kTokens = 9;

/// Log-probabilities behind each of a few tokens: a prompt in two chunks, then generated ones.
Values score(Backend& backend, const engine::ModelSource& source, const engine::ParallelPlan& plan) {
  engine::LoadOptions load;
  load.max_step_tokens = kTokens;
  load.parallel = plan;
  const auto model = engine::Transformer::load(source, backend, load);
  KvCacheSpec spec = model->kv_spec(DataType::f16, kPageTokens);
  spec.pages = 1;
  const KvCacheHandle cache = backend.create_kv_cache(spec);
  const Bench b{backend};
  Values values;
  std::int32_t first = 0;
  for (const std::int32_t count : {4, 3, 1, 1}) {
    RaggedBatch batch;
    std::vector<std::int32_t> rows;
    for (std::int32_t i = 0; i < count; ++i) {
      batch.token_ids.push_back((first + i) * 37 % 160);
      batch.positions.push_back(first + i);
      batch.roles.push_back(count > 1 ? TokenRole::prompt : TokenRole::generated);
      rows.push_back(i);
    }
    batch.sequences = {{0, count, first, {0}}};
    const Tensor hidden = model->forward(batch, cache, rows);
    const Tensor logits = model->logits(hidden, 0, count);
    backend.log_softmax(logits);
    append(values, b.get(logits));
    first += count;
  }
  backend.release_kv_cache(cache);
  return values;
}

/// Of every rank; all of them have all rows.
std::vector<Values> score_on_ranks(const engine::ModelSource& source, const engine::ParallelPlan& plan,
                                   const BackendOptions& options) {
  std::vector<Values> results(static_cast<std::size_t>(plan.ranks()));
  run_ranks(plan.ranks(), [&](const std::shared_ptr<Communicator>& communicator) {
    BackendOptions own = options;
    own.communicator = communicator;
    const auto backend = make_tested_backend(own);
    results[static_cast<std::size_t>(communicator->rank())] = score(*backend, source, plan);
  });
  return results;
}

class CudaModelRanks : public testing::TestWithParam<const char*> {
 protected:
  CudaModelRanks() : folder_(engine::test::write_tiny_model(GetParam())) {
    engine::OpenOptions open;
    open.dummy_weights = true;
    source_ = engine::ModelSource::open(folder_, open);
    options_.threads = 1;
  }
  ~CudaModelRanks() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::unique_ptr<engine::ModelSource> source_;
  BackendOptions options_;
};

TEST_P(CudaModelRanks, ExpertsOnOtherRanksChangeNoBit) {
  const auto one = make_tested_backend(options_);
  const Values expected = score(*one, *source_, {});
  for (const std::int32_t ranks : {2, 4}) {
    SCOPED_TRACE(ranks);
    for (const Values& values : score_on_ranks(*source_, {1, ranks}, options_))
      expect_same_bits(values, expected);
  }
}

TEST_P(CudaModelRanks, DividedHeadsAndWidthsAreWithinRoundingAndRepeatable) {
  options_.activations = ActivationPrecision::float32;
  const auto one = make_tested_backend(options_);
  const Values expected = score(*one, *source_, {});
  for (const std::int32_t ranks : {2, 4}) {
    SCOPED_TRACE(ranks);
    const std::vector<Values> first = score_on_ranks(*source_, {ranks, 1}, options_);
    ASSERT_EQ(first.front().size(), expected.size());
    float largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      largest = std::max(largest, std::abs(first.front()[i] - expected[i]));
    EXPECT_LE(largest, 5e-4F);
    for (const Values& values : first) expect_same_bits(values, first.front());
    expect_same_bits(score_on_ranks(*source_, {ranks, 1}, options_).front(), first.front());
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, CudaModelRanks, testing::Values("deepseek"),
                         [](const testing::TestParamInfo<const char*>& model) {
                           return std::string(model.param);
                         });

}  // namespace
}  // namespace reckon::kernels::test
