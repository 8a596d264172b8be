#include "engine/generation/transformer_runner.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "base/error.h"

namespace reckon::engine {
namespace {

std::size_t blocks_of(std::size_t rows) { return (rows + kLogitBlock - 1) / kLogitBlock; }

/// Calls body(first, count) for blocks of rows whose logits are computed at once.
template <typename Body>
void for_each_block(std::size_t rows, const Body& body) {
  for (std::size_t first = 0; first < rows; first += kLogitBlock) {
    body(first, std::min<std::size_t>(kLogitBlock, rows - first));
  }
}

template <typename Row>
void join(std::vector<Row>& all, std::vector<std::vector<Row>>& blocks, std::size_t count) {
  all.clear();
  for (std::size_t i = 0; i < count; ++i) {
    all.insert(all.end(), std::make_move_iterator(blocks[i].begin()),
               std::make_move_iterator(blocks[i].end()));
  }
}

}  // namespace

TransformerRunner::TransformerRunner(Transformer& model, const kernels::KvCacheSpec& cache,
                                     std::int64_t context_tokens)
    : model_(model), backend_(model.backend()), cache_(backend_.create_kv_cache(cache)) {
  limits_.pages = cache.pages;
  limits_.page_tokens = cache.page_tokens;
  limits_.max_step_tokens = model.max_step_tokens();
  limits_.vocab_size = model.config().vocab_size;
  limits_.context_tokens = context_tokens;
}

std::unique_ptr<TransformerRunner> TransformerRunner::make_fitting(Transformer& model,
                                                                   kernels::KvCacheSpec cache,
                                                                   std::int64_t context_tokens,
                                                                   std::int32_t least_pages) {
  for (;;) {
    try {
      return std::make_unique<TransformerRunner>(model, cache, context_tokens);
    } catch (const Error& error) {
      if (error.code() != ExitCode::not_evaluated || cache.pages / 2 < least_pages) throw;
      cache.pages /= 2;
    }
  }
}

void TransformerRunner::keep_pages(const kernels::KvCacheSpec& cache) {
  if (cache.pages == limits_.pages) return;
  backend_.release_kv_cache(std::exchange(cache_, {}));
  cache_ = backend_.create_kv_cache(cache);
  limits_.pages = cache.pages;
}

TransformerRunner::~TransformerRunner() {
  if (cache_.id != 0) backend_.release_kv_cache(cache_);
}

void TransformerRunner::copy_page(std::int32_t to, std::int32_t from) {
  backend_.copy_kv_page(cache_, to, from);
}

std::string TransformerRunner::non_finite_place(std::int32_t first_bad) const {
  return describe_non_finite(model_.config(), first_bad);
}

void TransformerRunner::run(const StepPlan& plan, StepResults& results) {
  // A row that is wanted in two ways is gathered twice: at most one sequence in a step looks at rows so.
  rows_.assign(plan.sampled_rows.begin(), plan.sampled_rows.end());
  rows_.insert(rows_.end(), plan.scored_rows.begin(), plan.scored_rows.end());
  rows_.insert(rows_.end(), plan.raw_rows.begin(), plan.raw_rows.end());
  const kernels::Tensor hidden = model_.forward(plan.batch, cache_, rows_);
  std::int32_t first = 0;
  queue_sampling(plan, hidden, first);
  first += static_cast<std::int32_t>(plan.sampled_rows.size());
  queue_scoring(plan, hidden, first);
  first += static_cast<std::int32_t>(plan.scored_rows.size());
  queue_raw(plan, hidden, first, results);
  results.first_bad.resize(plan.batch.token_ids.size());
  backend_.download(std::as_writable_bytes(std::span(results.first_bad)), model_.first_non_finite());
  backend_.wait();
  join(results.sampled, sampled_blocks_, blocks_of(plan.sampled_rows.size()));
  join(results.scored, scored_blocks_, blocks_of(plan.scored_rows.size()));
}

void TransformerRunner::queue_sampling(const StepPlan& plan, const kernels::Tensor& hidden,
                                       std::int32_t first) {
  const std::size_t blocks = blocks_of(plan.sampled_rows.size());
  if (sampled_blocks_.size() < blocks) sampled_blocks_.resize(blocks);
  for_each_block(plan.sampled_rows.size(), [&](std::size_t begin, std::size_t count) {
    const kernels::Tensor logits =
        model_.logits(hidden, first + static_cast<std::int32_t>(begin), static_cast<std::int32_t>(count));
    backend_.sample(sampled_blocks_[begin / kLogitBlock], logits,
                    std::span(plan.sampling).subspan(begin, count));
  });
}

void TransformerRunner::queue_scoring(const StepPlan& plan, const kernels::Tensor& hidden,
                                      std::int32_t first) {
  const std::size_t blocks = blocks_of(plan.scored_rows.size());
  if (scored_blocks_.size() < blocks) scored_blocks_.resize(blocks);
  for_each_block(plan.scored_rows.size(), [&](std::size_t begin, std::size_t count) {
    const kernels::Tensor logits =
        model_.logits(hidden, first + static_cast<std::int32_t>(begin), static_cast<std::int32_t>(count));
    backend_.score(scored_blocks_[begin / kLogitBlock], logits, std::span(plan.targets).subspan(begin, count),
                   plan.score_top_n);
  });
}

void TransformerRunner::queue_raw(const StepPlan& plan, const kernels::Tensor& hidden, std::int32_t first,
                                  StepResults& results) {
  const auto vocabulary = static_cast<std::size_t>(limits_.vocab_size);
  results.raw.resize(plan.raw_rows.size() * vocabulary);
  for_each_block(plan.raw_rows.size(), [&](std::size_t begin, std::size_t count) {
    const kernels::Tensor logits =
        model_.logits(hidden, first + static_cast<std::int32_t>(begin), static_cast<std::int32_t>(count));
    backend_.log_softmax(logits);
    backend_.download(
        std::as_writable_bytes(std::span(results.raw).subspan(begin * vocabulary, count * vocabulary)),
        logits);
  });
}

}  // namespace reckon::engine
