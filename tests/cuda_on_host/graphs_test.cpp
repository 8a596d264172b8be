// Decode steps that are written down and run as graphs: the same bits, from the second time on, and in order.
#include <filesystem>

#include "base/error.h"
#include "engine/generation/transformer_runner.h"
#include "engine/model/transformer.h"
#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/plain_library.h"
#include "tests/cuda_on_host/runtime.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/run_ranks.h"

namespace reckon::kernels::test {
namespace {

using cuda_on_host::CudaBackend;

constexpr std::int32_t kPageTokens = 16;

RaggedBatch one_decode_step(std::int32_t position) {
  RaggedBatch batch;
  batch.token_ids = {0};
  batch.positions = {position};
  batch.roles = {TokenRole::generated};
  batch.sequences = {{0, 1, position, {0}}};
  return batch;
}

/// Two sequences: a prompt each, then `steps` tokens drawn one by one. Tokens and their log-probabilities.
Values generate(Backend& backend, const engine::ModelSource& source, int steps,
                const engine::ParallelPlan& plan_of_ranks = {}) {
  engine::LoadOptions load;
  load.max_step_tokens = 16;
  load.parallel = plan_of_ranks;
  const auto model = engine::Transformer::load(source, backend, load);
  KvCacheSpec spec = model->kv_spec(DataType::f16, kPageTokens);
  spec.pages = 8;
  engine::TransformerRunner runner(*model, spec, 64);
  Values values;
  engine::StepPlan plan;
  engine::StepResults results;
  std::vector<std::int32_t> next;
  std::int32_t length[] = {5, 9};
  for (int step = 0; step <= steps; ++step) {
    plan.clear();
    plan.batch.sequences.clear();
    for (std::int32_t s = 0; s < 2; ++s) {
      const std::int32_t first = step == 0 ? 0 : length[s]++;
      const std::int32_t count = step == 0 ? length[s] : 1;
      const auto row = static_cast<std::int32_t>(plan.batch.token_ids.size());
      plan.batch.sequences.push_back({row, count, first, {s, s + 4}});
      for (std::int32_t i = 0; i < count; ++i) {
        plan.batch.token_ids.push_back(step == 0 ? 3 * i + s : next[static_cast<std::size_t>(s)]);
        plan.batch.positions.push_back(first + i);
        plan.batch.roles.push_back(step == 0 ? TokenRole::prompt : TokenRole::generated);
      }
      plan.sampled_rows.push_back(row + count - 1);
      SamplingRow sampling;
      sampling.temperature = s == 0 ? 0.8F : 0.0F;
      sampling.seed = 7;
      sampling.position = first + count;
      sampling.top_n = 2;
      plan.sampling.push_back(sampling);
    }
    runner.run(plan, results);
    next.clear();
    for (const SampledRow& row : results.sampled) {
      next.push_back(row.token);
      values.push_back(static_cast<float>(row.token));
      values.push_back(row.logprob);
      for (const TokenLogprob& entry : row.top) values.push_back(entry.logprob);
    }
  }
  return values;
}

class CudaGraphs : public testing::TestWithParam<std::string> {
 protected:
  CudaGraphs() {
    options_.threads = 1;
    options_.activations = ActivationPrecision::float32;
    engine::OpenOptions open;
    open.dummy_weights = true;
    source_ = engine::ModelSource::open(folder_, open);
  }
  ~CudaGraphs() override { std::filesystem::remove_all(folder_); }

  Values expected(int steps) const { return generate(*make_cpu_backend(options_), *source_, steps); }

  BackendOptions options_;
  std::string folder_ = engine::test::write_tiny_model(GetParam());
  std::unique_ptr<engine::ModelSource> source_;
};

TEST_P(CudaGraphs, RunDecodeStepsWithTheSameBits) {
  CudaBackend cuda(options_);
  constexpr int kSteps = 12;  // over the end of a page
  expect_same_bits(generate(cuda, *source_, kSteps), expected(kSteps));
  // The first allocates memory, the second is the first of its kind.
  EXPECT_GE(cuda.graph_counters().replayed, kSteps - 3);
}

TEST_P(CudaGraphs, RunBetweenTheExchangesOfRanks) {
  if (GetParam() != "deepseek") GTEST_SKIP() << "no experts to divide";
  constexpr int kSteps = 8;
  const Values one_rank = expected(kSteps);
  run_ranks(2, [&](const std::shared_ptr<Communicator>& communicator) {
    BackendOptions own = options_;
    own.communicator = communicator;
    CudaBackend cuda(own);
    expect_same_bits(generate(cuda, *source_, kSteps, {1, 2}), one_rank);
    // Parts before, between and behind the exchanges of each layer with experts, in all but the first steps.
    EXPECT_GE(cuda.graph_counters().replayed, 3 * (kSteps - 3));
  });
}

INSTANTIATE_TEST_SUITE_P(Tiny, CudaGraphs, testing::Values("llama", "deepseek"),
                         [](const testing::TestParamInfo<std::string>& model) { return model.param; });

TEST(CudaGraphsOrder, UploadsAndDownloadsStayWhereTheyStand) {
  CudaBackend cuda({});
  const Bench b{cuda};
  KvGroupSpec group;
  group.layers = group.kv_heads = 1;
  group.key_dim = group.value_dim = 8;
  cuda.create_kv_cache({{group}, kPageTokens, 1});
  const Tensor input = b.empty({2});
  const Tensor first = b.empty({2});
  const Tensor second = b.empty({2});
  for (int round = 0; round < 5; ++round) {
    const auto r = static_cast<float>(round);
    const RaggedBatch batch = one_decode_step(round);
    cuda.begin_step(batch);
    const Values a = {r, r + 1};
    const Values c = {r + 10, r + 11};
    cuda.upload(input, std::as_bytes(std::span(a)));
    cuda.copy(first, input);
    cuda.upload(input, std::as_bytes(std::span(c)));
    cuda.copy(second, input);
    Values got[2] = {Values(2), Values(2)};
    cuda.download(std::as_writable_bytes(std::span(got[0])), first);
    cuda.download(std::as_writable_bytes(std::span(got[1])), second);
    cuda.wait();
    EXPECT_EQ(got[0], a) << round;
    EXPECT_EQ(got[1], c) << round;
  }
  EXPECT_GE(cuda.graph_counters().replayed, 3);
}

TEST(CudaGraphsOrder, WhatCannotBeWrittenDownEndsTheListInOrder) {
  CudaBackend cuda({});
  const Bench b{cuda};
  const Tensor input = b.put<float>({1, 2}, {2});
  const RaggedBatch batch = one_decode_step(0);
  cuda.begin_step(batch);
  const Tensor copy = b.empty({2});  // memory is asked for
  cuda.copy(copy, input);
  const std::vector<float> large(1 << 20, 3.0F);  // more than passes through the arena
  const Tensor big = b.put(large, {1 << 20});
  cuda.copy(input, narrow(big, 0, 0, 2));
  EXPECT_EQ(b.get(copy), (Values{1, 2}));
  EXPECT_EQ(b.get(input), (Values{3, 3}));
}

TEST(CudaGraphsOrder, WorkThatNoGraphHoldsStaysBetweenItsNeighbours) {
  CudaBackend cuda({});
  const Bench b{cuda};
  const Tensor input = b.empty({2});
  const Tensor output = b.empty({2});
  int calls = 0;
  for (int round = 0; round < 4; ++round) {
    const auto r = static_cast<float>(round);
    const RaggedBatch batch = one_decode_step(round);
    cuda.begin_step(batch);
    cuda.upload(input, std::as_bytes(std::span<const float>(Values{r, r + 1})));
    cuda.copy(output, input);
    cuda.runtime().queue_between([&] {
      ++calls;
      EXPECT_FALSE(cuda.runtime().writes_list());
      EXPECT_EQ(b.get(output), (Values{r, r + 1})) << "what stands before has run";
    });
    if (round > 0) {  // the first asks for memory
      EXPECT_TRUE(cuda.runtime().writes_list());
    }
    cuda.upload(input, std::as_bytes(std::span<const float>(Values{r + 5, r + 6})));
    cuda.copy(output, input);
    EXPECT_EQ(b.get(output), (Values{r + 5, r + 6}));
  }
  EXPECT_EQ(calls, 4);
  EXPECT_GE(cuda.graph_counters().replayed, 4);
}

/// Decode steps of one product by a library, with the inputs of their round.
void run_library_steps(CudaBackend& cuda, int rounds) {
  const Bench b{cuda};
  const WeightHandle weight = b->load_weight(varied_weight(DataType::bf16, 24, 64, 3));
  const Tensor input = b.empty({1, 64});
  const Tensor output = b.empty({1, 24});
  const LinearOutput outputs[] = {{weight, output, {}}};
  for (int round = 0; round < rounds; ++round) {
    const RaggedBatch batch = one_decode_step(round);
    const Values values(64, 0.25F * static_cast<float>(round + 1));
    cuda.upload(input, std::as_bytes(std::span(values)));
    b->linear(outputs, input);
    const Values expected = b.get(output);  // not in a step: at once
    cuda.begin_step(batch);
    cuda.upload(input, std::as_bytes(std::span(values)));
    b->linear(outputs, input);
    expect_same_bits(b.get(output), expected);
  }
}

TEST(CudaGraphsOfALibrary, HoldItsProductsWithTheSameBits) {
  CudaBackend cuda({});
  int calls = 0;
  cuda.use_dense_library(std::make_unique<PlainLibrary>(calls));
  constexpr int kRounds = 6;
  run_library_steps(cuda, kRounds);
  EXPECT_GE(cuda.graph_counters().replayed, kRounds - 2);
  EXPECT_LE(calls, kRounds + 3) << "those outside of steps, the first steps, and the making of the graph";
}

/// Does in a product what no capture allows.
class ForbiddenLibrary final : public cuda::DenseLibrary {
 public:
  ForbiddenLibrary(PlainLibrary plain, std::function<void()> forbidden)
      : plain_(plain), forbidden_(std::move(forbidden)) {}
  std::uint64_t workspace_bytes() const override { return plain_.workspace_bytes(); }
  bool choose(DataType type, std::int64_t rows, std::int64_t columns) override {
    return plain_.choose(type, rows, columns);
  }
  void multiply(const cuda::Stream& stream, const cuda::LibraryProduct& product) override {
    if (forbidden_) forbidden_();
    plain_.multiply(stream, product);
  }

 private:
  PlainLibrary plain_;
  std::function<void()> forbidden_;
};

TEST(CudaGraphsOfALibrary, ALibraryThatAsksForMemoryOrWaitsInACaptureIsAnError) {
  int calls = 0;
  const std::function<void(cuda::Runtime&)> forbidden[] = {
      [](cuda::Runtime& runtime) { runtime.allocate("a workspace", 16); },
      [](cuda::Runtime& runtime) { runtime.time([] {}); },
  };
  for (const auto& action : forbidden) {
    CudaBackend cuda({});
    cuda.use_dense_library(
        std::make_unique<ForbiddenLibrary>(PlainLibrary(calls), [&] { action(cuda.runtime()); }));
    EXPECT_THROW(run_library_steps(cuda, 5), Error);
  }
  CudaBackend cuda({});
  cuda.use_dense_library(std::make_unique<ForbiddenLibrary>(PlainLibrary(calls), nullptr));
  EXPECT_NO_THROW(run_library_steps(cuda, 5));
}

TEST(CudaMemory, ACacheThatDoesNotFitGetsFewerPages) {
  const std::string folder = engine::test::write_tiny_model("llama");
  engine::OpenOptions open;
  open.dummy_weights = true;
  const auto source = engine::ModelSource::open(folder, open);
  CudaBackend cuda({});
  const auto model = engine::Transformer::load(*source, cuda, {16, {}});
  KvCacheSpec spec = model->kv_spec(DataType::f16, kPageTokens);
  spec.pages = 1 << 16;
  const std::uint64_t needed = kv_page_bytes(spec) * static_cast<std::uint64_t>(spec.pages);
  reckon::cuda_on_host::set_device_memory(reckon::cuda_on_host::device_memory_in_use() + needed / 3);
  const auto runner = engine::TransformerRunner::make_fitting(*model, spec, 64, 1);
  EXPECT_EQ(runner->limits().pages, spec.pages / 4);
  EXPECT_THROW(engine::TransformerRunner::make_fitting(*model, spec, 64, spec.pages / 2), Error);
  reckon::cuda_on_host::set_device_memory(std::uint64_t{4} << 30);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace reckon::kernels::test
