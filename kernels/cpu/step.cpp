#include "kernels/cpu/step.h"

#include "base/error.h"

namespace reckon::kernels::cpu {

void check_batch(const RaggedBatch& batch) {
  const std::size_t tokens = batch.token_ids.size();
  if (tokens == 0 || batch.sequences.empty()) fail_input("begin_step: a batch of no tokens");
  if (tokens > (std::size_t{1} << 30)) fail_input("begin_step: {} tokens in one step", tokens);
  if (batch.positions.size() != tokens || batch.roles.size() != tokens)
    fail_input("begin_step: {} token ids, {} positions, {} roles", tokens, batch.positions.size(),
               batch.roles.size());
  std::int64_t next = 0;
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const SequenceSlice& slice = batch.sequences[s];
    if (slice.token_count <= 0) fail_input("begin_step: sequence {} has {} tokens", s, slice.token_count);
    if (slice.first_token != next || slice.token_count > static_cast<std::int64_t>(tokens) - next)
      fail_input("begin_step: sequence {} takes rows [{}, {}) where [{}, {}) is left", s, slice.first_token,
                 static_cast<std::int64_t>(slice.first_token) + slice.token_count, next, tokens);
    if (slice.first_position < 0 || slice.first_position > INT32_MAX - slice.token_count)
      fail_input("begin_step: sequence {} starts at position {}", s, slice.first_position);
    for (std::int32_t i = 0; i < slice.token_count; ++i) {
      const std::int32_t position = batch.positions[static_cast<std::size_t>(next + i)];
      if (position != slice.first_position + i)
        fail_input("begin_step: token {} of sequence {} stands at position {}, not {}", i, s, position,
                   slice.first_position + i);
    }
    for (std::size_t i = 0; i < slice.pages.size(); ++i) {
      if (slice.pages[i] < 0)
        fail_input("begin_step: page {} of sequence {} is number {}", i, s, slice.pages[i]);
    }
    next += slice.token_count;
  }
  if (next != static_cast<std::int64_t>(tokens))
    fail_input("begin_step: the sequences cover {} of {} tokens", next, tokens);
}

void check_pages(const RaggedBatch& batch, const KvCacheSpec& spec, const char* operation) {
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const SequenceSlice& slice = batch.sequences[s];
    const std::int64_t positions = static_cast<std::int64_t>(slice.first_position) + slice.token_count;
    const std::int64_t needed = (positions + spec.page_tokens - 1) / spec.page_tokens;
    if (static_cast<std::int64_t>(slice.pages.size()) < needed)
      fail_input("{}: sequence {} has {} positions and {} pages of {}; {} are needed", operation, s,
                 positions, slice.pages.size(), spec.page_tokens, needed);
    for (std::int64_t i = 0; i < needed; ++i) {
      const std::int32_t page = slice.pages[static_cast<std::size_t>(i)];
      if (page < 0 || page >= spec.pages)
        fail_input("{}: page {} of sequence {} is number {}; the cache has {}", operation, i, s, page,
                   spec.pages);
    }
  }
}

std::vector<RoleRun> role_runs(const RaggedBatch& batch) {
  std::vector<RoleRun> runs;
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const SequenceSlice& slice = batch.sequences[s];
    for (std::int32_t i = 0; i < slice.token_count; ++i) {
      const TokenRole role =
          batch.roles[static_cast<std::size_t>(slice.first_token) + static_cast<std::size_t>(i)];
      if (i == 0 || runs.back().role != role)
        runs.push_back(
            {static_cast<std::int32_t>(s), slice.first_token + i, 0, slice.first_position + i, role});
      ++runs.back().token_count;
    }
  }
  return runs;
}

}  // namespace reckon::kernels::cpu
