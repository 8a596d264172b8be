#include "tests/engine/golden/score_tokens.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace reckon::test {
namespace {

using kernels::RaggedBatch;
using kernels::Tensor;
using kernels::TokenRole;

RaggedBatch slice_of(const std::vector<std::int32_t>& tokens, std::int32_t first, std::int32_t count,
                     const ScoreOptions& options) {
  RaggedBatch batch;
  for (std::int32_t i = first; i < first + count; ++i) {
    batch.token_ids.push_back(tokens[static_cast<std::size_t>(i)]);
    batch.positions.push_back(i);
    const bool prompt = options.prompt_tokens < 0 || i < options.prompt_tokens;
    batch.roles.push_back(prompt ? TokenRole::prompt : TokenRole::generated);
  }
  kernels::SequenceSlice slice;
  slice.token_count = count;
  slice.first_position = first;
  slice.pages.resize(
      static_cast<std::size_t>((first + count + options.page_tokens - 1) / options.page_tokens));
  // Not in order, so that a page taken for another one shows.
  const auto pages =
      (static_cast<std::int32_t>(tokens.size()) + options.page_tokens - 1) / options.page_tokens;
  for (std::size_t i = 0; i < slice.pages.size(); ++i)
    slice.pages[i] = pages - 1 - static_cast<std::int32_t>(i);
  batch.sequences.push_back(slice);
  return batch;
}

}  // namespace

std::vector<std::vector<float>> score_tokens(const engine::ModelSource& source,
                                             const std::vector<std::int32_t>& tokens,
                                             const ScoreOptions& options) {
  kernels::BackendOptions backend_options;
  backend_options.activations = options.activations;
  backend_options.threads = options.threads;
  backend_options.communicator = options.communicator;
  const auto backend = kernels::make_cpu_backend(backend_options);
  const auto count = static_cast<std::int32_t>(tokens.size());
  const std::int32_t chunk = std::min(options.chunk, count);
  const auto model = engine::Transformer::load(source, *backend, {chunk, {}, options.parallel});
  kernels::KvCacheSpec spec = model->kv_spec(options.kv_type, options.page_tokens);
  spec.pages = (count + options.page_tokens - 1) / options.page_tokens;
  const kernels::KvCacheHandle cache = backend->create_kv_cache(spec);

  const auto width = static_cast<std::size_t>(source.config().vocab_size);
  std::vector<std::vector<float>> result;
  for (std::int32_t first = 0; first < count; first += chunk) {
    const std::int32_t step = std::min(chunk, count - first);
    const RaggedBatch batch = slice_of(tokens, first, step, options);
    std::vector<std::int32_t> rows(static_cast<std::size_t>(step));
    std::iota(rows.begin(), rows.end(), 0);
    const Tensor hidden = model->forward(batch, cache, rows);
    for (std::int32_t row = 0; row < step; row += engine::kLogitBlock) {
      const std::int32_t block = std::min(engine::kLogitBlock, step - row);
      const Tensor logits = model->logits(hidden, row, block);
      backend->log_softmax(logits);
      std::vector<float> values(static_cast<std::size_t>(block) * width);
      backend->download(std::as_writable_bytes(std::span<float>(values)), logits);
      backend->wait();
      for (std::int32_t i = 0; i < block; ++i) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * width);
        result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(width));
      }
    }
  }
  backend->release_kv_cache(cache);
  return result;
}

}  // namespace reckon::test
