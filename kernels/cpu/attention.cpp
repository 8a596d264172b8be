#include "kernels/cpu/attention.h"

#include <algorithm>
#include <span>
#include <vector>

#include "kernels/cpu/fixed_attention.h"
#include "kernels/cpu/float_attention.h"
#include "kernels/cpu/step.h"

namespace reckon::kernels::cpu {
namespace {

/// The runs cut into items of at most `item_tokens` tokens. Long work first, so that no thread is left alone
/// with it at the end.
std::vector<AttentionItem> make_items(const RaggedBatch& batch, const std::vector<RoleRun>& runs,
                                      std::int32_t kv_heads, std::int64_t item_tokens) {
  const auto most = static_cast<std::int32_t>(item_tokens);
  std::vector<AttentionItem> items;
  for (const RoleRun& run : runs) {
    const SequenceSlice& slice = batch.sequences[static_cast<std::size_t>(run.sequence)];
    const std::int32_t start = run.first_token - slice.first_token;
    for (std::int32_t first = 0; first < run.token_count; first += most) {
      for (std::int32_t head = 0; head < kv_heads; ++head)
        items.push_back({&slice, head, start + first, std::min(most, run.token_count - first)});
    }
  }
  const auto keys = [](const AttentionItem& item) {
    return static_cast<std::int64_t>(item.slice->first_position + item.first) * item.count;
  };
  std::stable_sort(items.begin(), items.end(),
                   [&](const AttentionItem& a, const AttentionItem& b) { return keys(a) > keys(b); });
  return items;
}

/// Few short items, as one stream's decode gives: threads share the cuts of each, which are joined
/// afterwards.
void run_by_cuts(const FloatAttention& attention, ThreadPool& pool, AlignedBytes& scratch,
                 const std::vector<AttentionItem>& items) {
  struct Work {
    std::size_t item;
    std::int64_t cut;
  };
  std::vector<Work> work;
  std::vector<std::size_t> starts;  // of each item's work
  for (std::size_t i = 0; i < items.size(); ++i) {
    starts.push_back(work.size());
    const CutRange range = attention.cuts(items[i]);
    for (std::int64_t cut = range.first; cut < range.last; ++cut) work.push_back({i, cut});
  }
  starts.push_back(work.size());
  const std::int64_t thread_floats = attention.thread_floats();
  const std::int64_t result_floats = attention.result_floats();
  const auto count = static_cast<std::int64_t>(work.size());
  scratch.reserve(static_cast<std::uint64_t>(thread_floats * pool.size() + result_floats * count) *
                  sizeof(float));
  float* results = scratch.floats() + thread_floats * pool.size();
  std::vector<CutResult> cuts(work.size());
  pool.parallel_for(count, [&](std::int64_t index, int thread) {
    const auto at = static_cast<std::size_t>(index);
    cuts[at] = attention.run_cut(items[work[at].item], work[at].cut,
                                 scratch.floats() + thread * thread_floats, results + index * result_floats);
  });
  for (std::size_t i = 0; i < items.size(); ++i)
    attention.join(items[i], std::span(cuts).subspan(starts[i], starts[i + 1] - starts[i]), scratch.floats());
}

}  // namespace

void paged_attention(const OpTable& ops, ThreadPool& pool, AlignedBytes& scratch, const View<float>& output,
                     const View<float>& queries, const KvStore& store, const KvLayer& layer,
                     const RaggedBatch& batch, float scale, ActivationPrecision activations) {
  const AttentionCall call(ops, output, queries, store, layer, scale);
  const bool fixed_prompts =
      activations == ActivationPrecision::by_weight && store.element(layer.group) != Element::f32;
  std::vector<RoleRun> in_fixed;
  std::vector<RoleRun> in_float;
  std::int64_t fixed_tokens = 0;
  for (const RoleRun& run : role_runs(batch)) {
    const bool fixed = fixed_prompts && run.role == TokenRole::prompt;
    (fixed ? in_fixed : in_float).push_back(run);
    if (fixed) fixed_tokens += run.token_count;
  }
  const FixedAttention fixed(call, fixed_tokens, pool.size());
  const FloatAttention floats(call);
  const std::int32_t kv_heads = call.group.kv_heads;
  const std::vector<AttentionItem> fixed_items = make_items(batch, in_fixed, kv_heads, fixed.item_tokens());
  const std::vector<AttentionItem> float_items = make_items(batch, in_float, kv_heads, floats.item_tokens());

  const bool short_items =
      fixed_items.empty() && std::all_of(float_items.begin(), float_items.end(),
                                         [&](const AttentionItem& item) { return floats.reads_pages(item); });
  if (short_items && pool.size() > 1 && float_items.size() < 4 * static_cast<std::size_t>(pool.size())) {
    run_by_cuts(floats, pool, scratch, float_items);
    return;
  }
  const std::int64_t thread_floats = std::max(fixed.thread_floats(), floats.thread_floats());
  scratch.reserve(static_cast<std::uint64_t>(thread_floats * pool.size()) * sizeof(float));
  const auto fixed_count = static_cast<std::int64_t>(fixed_items.size());
  const auto float_count = static_cast<std::int64_t>(float_items.size());
  pool.parallel_for(fixed_count + float_count, [&](std::int64_t index, int thread) {
    float* memory = scratch.floats() + thread * thread_floats;
    if (index < fixed_count)
      fixed.run_item(fixed_items[static_cast<std::size_t>(index)], memory);
    else
      floats.run_item(float_items[static_cast<std::size_t>(index - fixed_count)], memory);
  });
}

}  // namespace reckon::kernels::cpu
