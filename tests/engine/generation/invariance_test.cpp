// The invariance promise on real arithmetic: batch, chunk, threads, pre-emption, shared pages and the
// instruction path leave every bit of every result as it was.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/generation/scheduler.h"
#include "engine/generation/transformer_runner.h"
#include "engine/model/transformer.h"
#include "tests/engine/formats/quantised_models.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kRequests = 16;

struct Setting {
  std::int32_t threads = 1;
  std::size_t batch = 1;  ///< requests in flight at once
  std::int32_t chunk = 512;
  bool share = false;
  std::int32_t pages = 400;
  std::int32_t page_tokens = 16;
  int preempt_every = 0;  ///< steps between forced pre-emptions of a random sequence; 0: none
  std::string path;       ///< RECKON_CPU; "": the best
  bool repack = true;
};

/// Bits of everything that came out, request by request.
struct Results : SequenceListener {
  bool on_token(SequenceId id, const kernels::SampledRow& row) override {
    put(id, row.token);
    put(id, row.logprob);
    for (const kernels::TokenLogprob& entry : row.top) {
      put(id, entry.token);
      put(id, entry.logprob);
    }
    return true;
  }
  void on_score(SequenceId id, std::size_t, const kernels::ScoredRow& row) override {
    put(id, row.logprob);
    put(id, row.is_greedy ? 1 : 0);
    for (const kernels::TokenLogprob& entry : row.top) put(id, entry.logprob);
  }
  void on_raw(SequenceId id, std::size_t, std::span<const float> logprobs) override {
    for (const float value : logprobs) put(id, value);
  }
  void on_end(SequenceId id, const SequenceReport& report) override {
    put(id, static_cast<std::int32_t>(report.end));
    errors += report.error;
    ++ended;
  }
  template <typename Value>
  void put(SequenceId id, Value value) {
    static_assert(sizeof(Value) == 4);
    std::uint32_t word = 0;
    std::memcpy(&word, &value, 4);
    bits[id].push_back(word);
  }

  std::map<SequenceId, std::vector<std::uint32_t>> bits;
  std::size_t ended = 0;
  std::string errors;
};

/// Prompts of 3 to 600 tokens: over the borders at which attention cuts its keys; every second one begins
/// with the same 290 tokens. Answers drawn in every way, scored continuations, whole rows.
std::vector<SequenceSpec> requests() {
  std::mt19937 random(5);
  const auto token = [&] { return static_cast<TokenId>(3 + random() % 150); };
  std::vector<TokenId> prefix;
  for (int i = 0; i < 290; ++i) prefix.push_back(token());
  std::vector<SequenceSpec> specs;
  for (std::size_t i = 0; i < kRequests; ++i) {
    SequenceSpec spec;
    if (i % 2 == 0) spec.tokens = prefix;
    const std::size_t own = 3 + (i == 15 ? 550 : random() % 40);
    for (std::size_t t = 0; t < own; ++t) spec.tokens.push_back(token());
    if (i % 4 == 3) {
      for (int t = 0; t < 3; ++t) spec.targets.push_back(token());
      spec.score_top_n = 2;
    } else if (i == 1 || i == 4) {
      spec.raw_rows = 3;
    } else {
      spec.max_new_tokens = 16;
      spec.sampling.top_n = 3;
      spec.sampling.seed = 40 + i;
      spec.sampling.temperature = i % 3 == 0 ? 0.0F : 0.9F;
      if (i % 5 == 0) spec.sampling.top_p = 0.9F;
      if (i % 6 == 0) spec.sampling.repetition_penalty = 1.2F;
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

struct Outcome {
  Results results;
  SchedulerCounters counters;
  std::uint64_t repacked_bytes = 0;
};

/// `model_path`: a folder whose weights are drawn, or a GGUF file.
Outcome run(const std::string& model_path, const Setting& setting) {
  if (setting.path.empty()) {
    ::unsetenv("RECKON_CPU");
  } else {
    ::setenv("RECKON_CPU", setting.path.c_str(), 1);
  }
  OpenOptions open;
  open.dummy_weights = !model_path.ends_with(".gguf");
  const std::unique_ptr<ModelSource> source = ModelSource::open(model_path, open);
  kernels::BackendOptions backend_options;
  backend_options.threads = setting.threads;
  backend_options.repack = setting.repack;
  const std::unique_ptr<kernels::Backend> backend = kernels::make_cpu_backend(backend_options);
  ::unsetenv("RECKON_CPU");
  LoadOptions load;
  load.max_step_tokens = 512 + static_cast<std::int32_t>(kRequests);
  const std::unique_ptr<Transformer> model = Transformer::load(*source, *backend, load);
  kernels::KvCacheSpec cache = model->kv_spec(kernels::DataType::f16, setting.page_tokens);
  cache.pages = setting.pages;
  TransformerRunner runner(*model, cache, model->config().context_length);
  SchedulerOptions options;
  options.max_sequences = kRequests;
  options.chunk_tokens = setting.chunk;
  options.share_prefixes = setting.share;
  Outcome outcome;
  Scheduler scheduler(runner, outcome.results, options);
  const std::vector<SequenceSpec> specs = requests();
  std::mt19937 random(9);
  std::size_t submitted = 0;
  for (std::int64_t step = 1; outcome.results.ended < specs.size(); ++step) {
    while (submitted < specs.size() && scheduler.in_flight() < setting.batch) {
      scheduler.submit(submitted, specs[submitted]);
      ++submitted;
    }
    if (setting.preempt_every > 0 && step % setting.preempt_every == 0)
      scheduler.preempt(random() % kRequests);
    scheduler.step();
    scheduler.pages().check();
  }
  EXPECT_EQ(outcome.results.errors, "");
  EXPECT_EQ(scheduler.pages().held(), 0);
  outcome.counters = scheduler.counters();
  outcome.repacked_bytes = backend->memory_use().weight_bytes_repacked;
  return outcome;
}

/// Models of full and of FP8 precision by their config, quantised ones as files.
class Invariance : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto& quantised = reckon::test::quantised_model_names();
    if (std::find(quantised.begin(), quantised.end(), GetParam()) == quantised.end()) {
      model_path_ = drawn_folder_ = test::write_tiny_model(GetParam());
    } else {
      model_path_ = files_.write("m.gguf", reckon::test::quantised_model(GetParam()).build());
    }
  }
  void TearDown() override { std::filesystem::remove_all(drawn_folder_); }

  /// One request after the other, in whole prompts, by one thread, nothing shared.
  const Outcome& plain() {
    if (!plain_) plain_ = std::make_unique<Outcome>(run(model_path_, {}));
    return *plain_;
  }
  Outcome expect_same(const Setting& setting) {
    Outcome outcome = run(model_path_, setting);
    for (SequenceId id = 0; id < kRequests; ++id) {
      const auto& expected = plain().results.bits.at(id);
      const auto& got = outcome.results.bits[id];
      EXPECT_EQ(got.size(), expected.size()) << "request " << id;
      const auto place = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
      EXPECT_TRUE(place.first == got.end())
          << "request " << id << " differs from value " << place.first - got.begin();
    }
    return outcome;
  }

  const reckon::test::TemporaryFolder files_;
  std::string drawn_folder_, model_path_;
  std::unique_ptr<Outcome> plain_;
};

TEST_P(Invariance, Batches) {
  for (const std::size_t batch : {3U, 16U}) {
    SCOPED_TRACE(batch);
    Setting setting;
    setting.batch = batch;
    expect_same(setting);
  }
}

TEST_P(Invariance, Chunks) {
  for (const std::int32_t chunk : {1, 7, 100}) {
    SCOPED_TRACE(chunk);
    Setting setting;
    setting.chunk = chunk;
    setting.batch = chunk == 1 ? 3 : 16;
    expect_same(setting);
  }
}

TEST_P(Invariance, Threads) {
  for (const std::size_t batch : {3U, 16U}) {
    SCOPED_TRACE(batch);
    Setting setting;
    setting.threads = 2;
    setting.batch = batch;
    expect_same(setting);
  }
}

TEST_P(Invariance, SharedPrefixesAndPageSizes) {
  for (const std::int32_t page_tokens : {8, 32}) {
    SCOPED_TRACE(page_tokens);
    Setting setting;
    setting.share = true;
    setting.batch = 16;
    setting.threads = 2;
    setting.page_tokens = page_tokens;
    EXPECT_GT(expect_same(setting).counters.cached_prompt_tokens, 6 * 250);
  }
}

TEST_P(Invariance, ForcedPreemptionInMidAnswer) {
  for (const bool share : {false, true}) {
    SCOPED_TRACE(share);
    Setting setting;
    setting.batch = 16;
    setting.chunk = 50;
    setting.share = share;
    setting.preempt_every = 3;
    EXPECT_GT(expect_same(setting).counters.preemptions, 3);
  }
}

TEST_P(Invariance, PagesThatRunOut) {
  Setting setting;
  setting.batch = 16;
  setting.share = true;
  setting.page_tokens = 4;
  setting.pages = 150;  // the longest request needs 147
  EXPECT_GT(expect_same(setting).counters.preemptions, 0);
}

TEST_P(Invariance, InstructionPaths) {
  int tried = 0;
  for (const std::string path : {"portable", "avx2", "avx512"}) {
    SCOPED_TRACE(path);
    Setting setting;
    setting.path = path;
    setting.batch = 3;
    setting.chunk = 64;
    setting.share = true;
    try {
      expect_same(setting);
      ++tried;
    } catch (const Error&) {
      ::unsetenv("RECKON_CPU");  // this processor has no such path
    }
  }
  EXPECT_GE(tried, 1);
}

// Only blocks of GGUF types are repacked.
class RepackedInvariance : public Invariance {};

TEST_P(RepackedInvariance, WeightsAsMapped) {
  for (const std::size_t batch : {1U, 16U}) {
    SCOPED_TRACE(batch);
    Setting setting;
    setting.repack = false;
    setting.batch = batch;
    EXPECT_LT(expect_same(setting).repacked_bytes, plain().repacked_bytes);
  }
}

const auto quantised_models = testing::Values("llama_gguf", "deepseek_gguf");
std::string name_of(const testing::TestParamInfo<std::string>& model) { return model.param; }

INSTANTIATE_TEST_SUITE_P(Models, Invariance, testing::ValuesIn(test::tiny_model_names()), name_of);
INSTANTIATE_TEST_SUITE_P(Quantised, Invariance, quantised_models, name_of);
INSTANTIATE_TEST_SUITE_P(Quantised, RepackedInvariance, quantised_models, name_of);

}  // namespace
}  // namespace reckon::engine
