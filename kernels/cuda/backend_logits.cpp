// The CUDA back end's operations on logits.
#include <algorithm>
#include <bit>
#include <memory>

#include "base/error.h"
#include "kernels/cpu/logits.h"
#include "kernels/cuda/backend.h"
#include "kernels/philox.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// What a call's results are made of; filled by wait().
struct Answers {
  std::vector<Normaliser> normalisers;
  std::vector<Chosen> chosen;
  std::vector<TopEntry> top;
  std::vector<std::int32_t> top_counts;
  std::vector<std::int32_t> top_first;

  std::vector<TokenLogprob> top_of(std::size_t row) const {
    std::vector<TokenLogprob> entries;
    const auto first = static_cast<std::size_t>(top_first[row]);
    for (std::size_t i = first; i < first + static_cast<std::size_t>(top_counts[row]); ++i)
      entries.push_back({top[i].token, top[i].logprob});
    return entries;
  }
  void count_top(const std::vector<std::int32_t>& wanted, std::int64_t vocabulary) {
    std::int32_t next = 0;
    for (const std::int32_t n : wanted) {
      top_counts.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(n, vocabulary)));
      top_first.push_back(next);
      next += top_counts.back();
    }
    top.resize(static_cast<std::size_t>(next));
  }
};

}  // namespace

LogitRows CudaBackend::normalised(const Tensor& logits, const char* operation) {
  LogitRows rows;
  rows.data = buffers_.floats(logits, operation);
  check_shapes(
      logits.rank == 2 && logits.dim(0) > 0 && logits.dim(1) > 0 && logits.dim(1) <= (std::int64_t{1} << 30),
      operation, {{"logits", &logits}});
  check_contiguous(logits, operation);
  rows.rows = logits.dim(0);
  rows.columns = logits.dim(1);
  rows.stride = logits.stride(0);
  rows.normalisers = scratch("normalisers").get<Normaliser>(rows.rows);
  rows.chunk_sums = scratch("logit sums").get<float>(rows.rows * rows.chunks());
  normalise(runtime_.stream(), rows);
  return rows;
}

void CudaBackend::log_softmax(const Tensor& logits) {
  RECKON_CUDA_NS::log_softmax(runtime_.stream(), normalised(logits, "log_softmax"));
}

Global<TopEntry> CudaBackend::find_answers_top(const LogitRows& rows, const std::vector<std::int32_t>& counts,
                                               const std::vector<std::int32_t>& first, std::size_t entries) {
  if (entries == 0) return nullptr;
  TopRows arguments;
  arguments.logits = rows;
  arguments.counts = send("top counts", counts);
  arguments.first = send("top first", first);
  arguments.top = scratch("top").get<TopEntry>(static_cast<std::int64_t>(entries));
  find_top(runtime_.stream(), arguments);
  return arguments.top;
}

void CudaBackend::sample(std::vector<SampledRow>& results, const Tensor& logits,
                         std::span<const SamplingRow> rows) {
  if (logits.rank != 2 || static_cast<std::int64_t>(rows.size()) != logits.dim(0))
    fail_input("sample: {} sampling rows for logits {}", rows.size(), shape_text(logits));
  for (const SamplingRow& row : rows) cpu::check_sampling_row(row, logits.dim(1));
  const LogitRows device_rows = normalised(logits, "sample");

  auto answers = std::make_shared<Answers>();
  std::vector<DrawParameters> parameters;
  std::vector<SeenToken> seen;
  std::vector<std::int32_t> wanted;
  for (const SamplingRow& row : rows) {
    DrawParameters p;
    p.temperature = row.temperature;
    p.top_k = row.top_k;
    p.top_p = row.top_p;
    p.min_p = row.min_p;
    p.repetition_penalty = row.repetition_penalty;
    p.presence_penalty = row.presence_penalty;
    p.frequency_penalty = row.frequency_penalty;
    p.uniform = uniform_of(row.seed, row.position);
    p.first_seen = static_cast<std::int32_t>(seen.size());
    p.seen_count = static_cast<std::int32_t>(row.seen.size());
    for (const auto& [token, count] : row.seen) seen.push_back({token, count});
    parameters.push_back(p);
    wanted.push_back(row.top_n);
  }
  Draw arguments;
  arguments.logits = device_rows;
  arguments.parameters = send("draw parameters", parameters);
  arguments.seen = send("seen tokens", seen);
  arguments.chosen = scratch("drawn tokens").get<Chosen>(device_rows.rows);
  const bool copies = std::any_of(rows.begin(), rows.end(), [](const SamplingRow& row) {
    return row.temperature > 0.0F || !row.seen.empty();
  });
  if (copies) {
    arguments.order_size =
        static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(device_rows.columns)));
    arguments.work = scratch("draw logits").get<float>(device_rows.rows * device_rows.columns);
    arguments.order = scratch("draw order").get<std::uint64_t>(device_rows.rows * arguments.order_size);
  }
  draw(runtime_.stream(), arguments);
  answers->chosen.resize(rows.size());
  answers->normalisers.resize(rows.size());
  answers->count_top(wanted, device_rows.columns);
  const Global<TopEntry> top =
      find_answers_top(device_rows, answers->top_counts, answers->top_first, answers->top.size());
  // Before anything is fetched into them, so that they live until wait() whatever fails.
  finishers_.emplace_back([answers, &results] {
    results.assign(answers->chosen.size(), {});
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i].finite = answers->normalisers[i].finite != 0;
      if (!results[i].finite) continue;
      results[i].token = answers->chosen[i].token;
      results[i].logprob = answers->chosen[i].logprob;
      results[i].top = answers->top_of(i);
    }
  });
  fetch(answers->chosen, arguments.chosen);
  fetch(answers->normalisers, device_rows.normalisers);
  fetch(answers->top, top);
}

void CudaBackend::score(std::vector<ScoredRow>& results, const Tensor& logits,
                        std::span<const std::int32_t> targets, std::int32_t top_n) {
  if (logits.rank != 2 || static_cast<std::int64_t>(targets.size()) != logits.dim(0) || top_n < 0)
    fail_input("score: {} targets and top_n = {} for logits {}", targets.size(), top_n, shape_text(logits));
  for (const std::int32_t target : targets) {
    if (target < 0 || target >= logits.dim(1))
      fail_input("score: target {} for logits {}", target, shape_text(logits));
  }
  const LogitRows rows = normalised(logits, "score");
  auto answers = std::make_shared<Answers>();
  const std::vector<std::int32_t> wanted(targets.begin(), targets.end());
  const Global<Chosen> scored = scratch("scores").get<Chosen>(rows.rows);
  RECKON_CUDA_NS::score(runtime_.stream(), rows, send("targets", wanted), scored);
  answers->chosen.resize(wanted.size());
  answers->normalisers.resize(wanted.size());
  answers->count_top(std::vector<std::int32_t>(wanted.size(), top_n), rows.columns);
  const Global<TopEntry> top =
      find_answers_top(rows, answers->top_counts, answers->top_first, answers->top.size());
  finishers_.emplace_back([answers, wanted, &results] {
    results.assign(wanted.size(), {});
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i].finite = answers->normalisers[i].finite != 0;
      if (!results[i].finite) continue;
      results[i].logprob = answers->chosen[i].logprob;
      results[i].is_greedy = answers->chosen[i].token == wanted[i];
      results[i].top = answers->top_of(i);
    }
  });
  fetch(answers->chosen, scored);
  fetch(answers->normalisers, rows.normalisers);
  fetch(answers->top, top);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
