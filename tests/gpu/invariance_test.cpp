// The invariance promise on the CUDA back end: batch, neighbours, chunks and pre-emption leave every bit of
// every result as it was.
#include <filesystem>
#include <map>

#include "engine/generation/scheduler.h"
#include "engine/generation/transformer_runner.h"
#include "engine/model/transformer.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

using engine::SequenceId;
using engine::SequenceSpec;

struct Setting {
  std::size_t batch = 1;  ///< requests in flight at once
  std::int32_t chunk = 512;
  int preempt_every = 0;
  bool by_warp_groups = false;
};

struct Results : engine::SequenceListener {
  bool on_token(SequenceId id, const SampledRow& row) override {
    values[id].push_back(static_cast<float>(row.token));
    values[id].push_back(row.logprob);
    for (const TokenLogprob& entry : row.top) values[id].push_back(entry.logprob);
    return true;
  }
  void on_score(SequenceId id, std::size_t, const ScoredRow& row) override {
    values[id].push_back(row.logprob);
  }
  void on_raw(SequenceId id, std::size_t, std::span<const float> logprobs) override {
    values[id].insert(values[id].end(), logprobs.begin(), logprobs.end());
  }
  void on_end(SequenceId, const engine::SequenceReport& report) override {
    errors += report.error;
    ++ended;
  }
  std::map<SequenceId, Values> values;
  std::string errors;
  std::size_t ended = 0;
};

std::vector<SequenceSpec> requests() {
  const std::size_t scale = on_a_card() ? 20 : 1;
  std::vector<SequenceSpec> specs;
  std::mt19937 random(11);
  for (std::size_t i = 0; i < (on_a_card() ? 24U : 4U); ++i) {
    SequenceSpec spec;
    const std::size_t length = 2 + scale * (2 + i % 4 * 2);
    for (std::size_t t = 0; t < length; ++t) spec.tokens.push_back(static_cast<std::int32_t>(random() % 160));
    if (i % 4 == 3) {
      spec.targets = {5, 6};
    } else {
      spec.max_new_tokens = static_cast<std::int32_t>(2 * scale);
      spec.sampling.seed = i;
      spec.sampling.top_n = 2;
      spec.sampling.temperature = i % 2 == 0 ? 0.8F : 0.0F;
      if (i % 4 == 2) spec.sampling.repetition_penalty = 1.2F;
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

Results run(const engine::ModelSource& source, const Setting& setting) {
  BackendOptions products;
  products.warp_groups = setting.by_warp_groups;
  const auto backend = make_tested_backend(products);
  engine::LoadOptions load;
  load.max_step_tokens = 600;
  const auto model = engine::Transformer::load(source, *backend, load);
  KvCacheSpec cache = model->kv_spec(DataType::f16, 16);
  cache.pages = on_a_card() ? 800 : 60;
  engine::TransformerRunner runner(*model, cache, model->config().context_length);
  engine::SchedulerOptions options;
  options.chunk_tokens = setting.chunk;
  Results results;
  engine::Scheduler scheduler(runner, results, options);
  const std::vector<SequenceSpec> specs = requests();
  std::size_t submitted = 0;
  for (int step = 1; results.ended < specs.size(); ++step) {
    while (submitted < specs.size() && scheduler.in_flight() < setting.batch) {
      scheduler.submit(submitted, specs[submitted]);
      ++submitted;
    }
    if (setting.preempt_every > 0 && step % setting.preempt_every == 0)
      scheduler.preempt(static_cast<SequenceId>(step) % specs.size());
    scheduler.step();
  }
  EXPECT_EQ(results.errors, "");
  return results;
}

class CudaInvariance : public DeviceTestWith<std::string> {
 protected:
  void TearDown() override { use_fp8_device(false); }
};

TEST_P(CudaInvariance, BatchesChunksAndPreemption) {
  if (!on_a_card() && GetParam() == "deepseek_fp8") GTEST_SKIP() << "takes too long on the execution model";
  const std::string folder = engine::test::write_tiny_model(GetParam());
  engine::OpenOptions open;
  open.dummy_weights = true;
  const auto source = engine::ModelSource::open(folder, open);
  const Results alone = run(*source, {});
  for (const Setting& setting : {Setting{16, 512, 0}, Setting{3, 7, 4}}) {
    SCOPED_TRACE(setting.batch);
    const Results other = run(*source, setting);
    for (const auto& [id, values] : alone.values) expect_same_bits(other.values.at(id), values);
  }
  std::filesystem::remove_all(folder);
}

TEST_P(CudaInvariance, ProductsByWarpGroups) {
  if (!on_a_card() && GetParam() != "llama") GTEST_SKIP() << "takes too long on the execution model";
  use_fp8_device(true);
  if (!has_warp_groups()) GTEST_SKIP() << "the device has no wgmma";
  const std::string folder = engine::test::write_tiny_model(GetParam());
  engine::OpenOptions open;
  open.dummy_weights = true;
  const auto source = engine::ModelSource::open(folder, open);
  const Results alone = run(*source, {1, 512, 0, true});
  const Results other = run(*source, {on_a_card() ? 16U : 3U, 7, 4, true});
  for (const auto& [id, values] : alone.values) expect_same_bits(other.values.at(id), values);
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Tiny, CudaInvariance, testing::ValuesIn(engine::test::tiny_model_names()),
                         [](const testing::TestParamInfo<std::string>& model) { return model.param; });

}  // namespace
}  // namespace reckon::kernels::test
