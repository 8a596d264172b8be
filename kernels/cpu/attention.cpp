#include "kernels/cpu/attention.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace reckon::kernels::cpu {
namespace {

/// Blocks of at most this many rows read keys straight from the pages: each key is then converted once
/// anyway.
constexpr std::int64_t kDirectRows = 12;

/// One block of queries of one sequence and one key/value head.
struct Item {
  const SequenceSlice* slice = nullptr;
  std::int32_t head = 0;
  std::int32_t first = 0;  ///< token of the slice
  std::int32_t count = 0;
};

std::vector<Item> make_items(const RaggedBatch& batch, std::int32_t kv_heads, std::int64_t heads_per_key) {
  const auto block = static_cast<std::int32_t>(std::max<std::int64_t>(1, kBlockRows / heads_per_key));
  std::vector<Item> items;
  for (const SequenceSlice& slice : batch.sequences) {
    for (std::int32_t first = 0; first < slice.token_count; first += block) {
      for (std::int32_t head = 0; head < kv_heads; ++head)
        items.push_back({&slice, head, first, std::min(block, slice.token_count - first)});
    }
  }
  // Long work first, so that no thread is left alone with it at the end.
  const auto keys = [](const Item& item) {
    return static_cast<std::int64_t>(item.slice->first_position + item.first) * item.count;
  };
  std::stable_sort(items.begin(), items.end(),
                   [&](const Item& a, const Item& b) { return keys(a) > keys(b); });
  return items;
}

/// Keys and values of one head of one sequence, as cuts.
class CutReader {
 public:
  CutReader(const OpTable& ops, const KvStore& store, const KvLayer& layer, const Item& item, float* scratch)
      : ops_(ops),
        store_(store),
        layer_(layer),
        item_(item),
        scratch_(scratch),
        group_(store.group(layer.group)),
        page_tokens_(store.spec().page_tokens),
        type_(store.element(layer.group)),
        row_stride_(store.layout(layer.group).row_stride) {}

  static std::int64_t scratch_floats(const KvGroupSpec& group, std::int64_t row_stride,
                                     std::int64_t page_tokens) {
    return kKeyCutPositions * (group.key_dim + row_stride) + pad_lanes(page_tokens * group.key_dim);
  }

  /// Positions [first, last] of the cut, where they lie in the pages.
  Cut from_pages(std::int64_t cut_begin, std::int64_t first, std::int64_t last) const {
    Cut cut;
    cut.begin = cut_begin;
    cut.key_stride = page_tokens_;
    cut.value_stride = row_stride_;
    cut.type = type_;
    cut.in_pages = true;
    const std::int64_t size = type_ == Element::f32 ? 4 : 2;
    for (std::int64_t strip = (first - cut_begin) / kStripKeys; strip <= (last - cut_begin) / kStripKeys;
         ++strip) {
      const std::int64_t position = cut_begin + strip * kStripKeys;
      const std::int32_t page = page_of(position);
      const std::int64_t slot = position % page_tokens_;
      cut.strips[strip].keys = store_.keys(layer_, page, item_.head) + slot * size;
      cut.strips[strip].values = store_.values(layer_, page, item_.head) + slot * row_stride_ * size;
    }
    return cut;
  }

  /// The same converted to f32, in scratch.
  Cut converted(std::int64_t cut_begin, std::int64_t first, std::int64_t last) const {
    float* keys = scratch_;
    float* values = keys + kKeyCutPositions * group_.key_dim;
    float* page_keys = values + kKeyCutPositions * row_stride_;
    Cut cut;
    cut.begin = cut_begin;
    cut.value_stride = row_stride_;
    for (std::int64_t strip = (first - cut_begin) / kStripKeys; strip <= (last - cut_begin) / kStripKeys;
         ++strip) {
      cut.strips[strip].keys = keys + strip * kStripKeys * group_.key_dim;
      cut.strips[strip].values = values + strip * kStripKeys * row_stride_;
    }
    const std::int64_t first_page = first / page_tokens_;
    for (std::int64_t index = first_page; index <= last / page_tokens_; ++index) {
      const std::int32_t page = item_.slice->pages[static_cast<std::size_t>(index)];
      const std::int64_t place = index * page_tokens_ - cut_begin;
      ops_.load(values + place * row_stride_, store_.values(layer_, page, item_.head),
                page_tokens_ * row_stride_, type_);
      if (page_tokens_ == kStripKeys) {
        ops_.load(keys + place * group_.key_dim, store_.keys(layer_, page, item_.head),
                  kStripKeys * group_.key_dim, type_);
        continue;
      }
      ops_.load(page_keys, store_.keys(layer_, page, item_.head), pad_lanes(page_tokens_ * group_.key_dim),
                type_);
      for (std::int64_t slot = 0; slot < page_tokens_;) {
        const std::int64_t at = place + slot;
        const std::int64_t count = std::min(page_tokens_ - slot, kStripKeys - at % kStripKeys);
        float* to = keys + at / kStripKeys * kStripKeys * group_.key_dim + at % kStripKeys;
        for (std::int64_t d = 0; d < group_.key_dim; ++d)
          std::memcpy(to + d * kStripKeys, page_keys + d * page_tokens_ + slot,
                      static_cast<std::size_t>(count) * sizeof(float));
        slot += count;
      }
    }
    return cut;
  }

 private:
  std::int32_t page_of(std::int64_t position) const {
    return item_.slice->pages[static_cast<std::size_t>(position / page_tokens_)];
  }

  const OpTable& ops_;
  const KvStore& store_;
  const KvLayer& layer_;
  const Item& item_;
  float* scratch_;
  const KvGroupSpec& group_;
  std::int64_t page_tokens_;
  Element type_;
  std::int64_t row_stride_;
};

/// One call of paged_attention: its shapes, and where each thread's scratch lies.
class Call {
 public:
  Call(const OpTable& ops, const View<float>& output, const View<float>& queries, const KvStore& store,
       const KvLayer& layer, float scale)
      : ops_(ops),
        output_(output),
        queries_(queries),
        store_(store),
        layer_(layer),
        scale_(scale),
        group_(store.group(layer.group)),
        width_(store.layout(layer.group).row_stride),
        heads_(queries.dim(1) / group_.kv_heads),
        dim_(group_.key_dim) {
    const std::int64_t rows = std::max(heads_, kBlockRows);
    query_floats_ = pad_lanes(rows * dim_);
    state_floats_ = pad_lanes(row_state_floats(rows, width_));
    reader_floats_ = pad_lanes(CutReader::scratch_floats(group_, width_, store.spec().page_tokens));
    cut_floats_ = pad_lanes(cut_scratch_floats(rows, width_));
  }

  std::int64_t heads() const { return heads_; }
  std::int64_t thread_floats() const { return query_floats_ + state_floats_ + reader_floats_ + cut_floats_; }

  /// Cuts [first, last) that the item's tokens see.
  std::pair<std::int64_t, std::int64_t> cuts_of(const Item& item) const {
    const QueryBlock block = block_of(item, nullptr);
    return {block.first_seen(0) / kKeyCutPositions,
            (block.first_position + block.tokens - 1) / kKeyCutPositions + 1};
  }

  /// All cuts of the item, and its output.
  void run_item(const Item& item, float* scratch) const {
    const QueryBlock block = copy_queries(item, scratch);
    const RowState state = make_row_state(scratch + query_floats_, block.rows(), width_);
    float* reader = scratch + query_floats_ + state_floats_;
    const auto [first, last] = cuts_of(item);
    if (reads_pages(block)) {
      Cut cut = read_cut(item, block, first, reader);
      for (std::int64_t index = first + 1; index < last; ++index) {
        const Cut next = read_cut(item, block, index, reader);
        attend_cut(ops_, block, cut, state, reader + reader_floats_, &next);
        cut = next;
      }
      attend_cut(ops_, block, cut, state, reader + reader_floats_);
    } else {
      for (std::int64_t cut = first; cut < last; ++cut)
        attend_cut(ops_, block, read_cut(item, block, cut, reader), state, reader + reader_floats_);
    }
    write_output(item, state);
  }

  /// One cut of the item, its result at `result` (cut_scratch_floats).
  CutResult run_cut(const Item& item, std::int64_t cut, float* scratch, float* result) const {
    const QueryBlock block = copy_queries(item, scratch);
    return compute_cut(ops_, block, read_cut(item, block, cut, scratch + query_floats_ + state_floats_),
                       result);
  }

  /// Joins cuts that run_cut gave, in order, and writes the item's output.
  void join(const Item& item, std::span<const CutResult> cuts, float* scratch) const {
    const QueryBlock block = block_of(item, nullptr);
    const RowState state = make_row_state(scratch + query_floats_, block.rows(), width_);
    for (const CutResult& cut : cuts) join_cut(ops_, block, cut, state);
    write_output(item, state);
  }

 private:
  QueryBlock block_of(const Item& item, const float* queries) const {
    QueryBlock block;
    block.queries = queries;
    block.tokens = item.count;
    block.heads = heads_;
    block.first_position = item.slice->first_position + item.first;
    block.window = group_.layout == KvLayout::window ? group_.window : 0;
    block.dim = dim_;
    block.value_width = width_;
    block.scale = scale_;
    return block;
  }

  QueryBlock copy_queries(const Item& item, float* to) const {
    const std::int64_t first_token = item.slice->first_token + item.first;
    for (std::int64_t token = 0; token < item.count; ++token) {
      for (std::int64_t head = 0; head < heads_; ++head)
        std::memcpy(to + (token * heads_ + head) * dim_,
                    queries_.data + (first_token + token) * queries_.stride(0) +
                        (item.head * heads_ + head) * queries_.stride(1),
                    static_cast<std::size_t>(dim_) * sizeof(float));
    }
    return block_of(item, to);
  }

  bool reads_pages(const QueryBlock& block) const {
    return block.rows() <= kDirectRows && store_.spec().page_tokens % kStripKeys == 0;
  }

  Cut read_cut(const Item& item, const QueryBlock& block, std::int64_t cut, float* scratch) const {
    const CutReader reader(ops_, store_, layer_, item, scratch);
    const std::int64_t begin = cut * kKeyCutPositions;
    const std::int64_t from = std::max(begin, block.first_seen(0));
    const std::int64_t to = std::min(begin + kKeyCutPositions, block.first_position + block.tokens) - 1;
    return reads_pages(block) ? reader.from_pages(begin, from, to) : reader.converted(begin, from, to);
  }

  void write_output(const Item& item, const RowState& state) const {
    const std::int64_t first_token = item.slice->first_token + item.first;
    for (std::int64_t token = 0; token < item.count; ++token) {
      for (std::int64_t head = 0; head < heads_; ++head) {
        const std::int64_t row = token * heads_ + head;
        ops_.divide(output_.data + (first_token + token) * output_.stride(0) +
                        (item.head * heads_ + head) * output_.stride(1),
                    state.values + row * width_, group_.value_dim, state.sums[row]);
      }
    }
  }

  const OpTable& ops_;
  const View<float>& output_;
  const View<float>& queries_;
  const KvStore& store_;
  const KvLayer& layer_;
  float scale_;
  const KvGroupSpec& group_;
  std::int64_t width_, heads_, dim_;
  std::int64_t query_floats_, state_floats_, reader_floats_, cut_floats_;
};

/// Few short items, as one stream's decode gives: threads share the cuts of each, which are joined
/// afterwards.
void run_by_cuts(const Call& call, ThreadPool& pool, AlignedBytes& scratch, const std::vector<Item>& items,
                 std::int64_t result_floats) {
  struct Work {
    std::size_t item;
    std::int64_t cut;
  };
  std::vector<Work> work;
  std::vector<std::size_t> starts;  // of each item's work
  for (std::size_t i = 0; i < items.size(); ++i) {
    starts.push_back(work.size());
    const auto [first, last] = call.cuts_of(items[i]);
    for (std::int64_t cut = first; cut < last; ++cut) work.push_back({i, cut});
  }
  starts.push_back(work.size());
  const std::int64_t thread_floats = call.thread_floats();
  const auto count = static_cast<std::int64_t>(work.size());
  scratch.reserve(static_cast<std::uint64_t>(thread_floats * pool.size() + result_floats * count) *
                  sizeof(float));
  float* results = scratch.floats() + thread_floats * pool.size();
  std::vector<CutResult> cuts(work.size());
  pool.parallel_for(count, [&](std::int64_t index, int thread) {
    const auto at = static_cast<std::size_t>(index);
    cuts[at] = call.run_cut(items[work[at].item], work[at].cut, scratch.floats() + thread * thread_floats,
                            results + index * result_floats);
  });
  for (std::size_t i = 0; i < items.size(); ++i)
    call.join(items[i], std::span(cuts).subspan(starts[i], starts[i + 1] - starts[i]), scratch.floats());
}

}  // namespace

void paged_attention(const OpTable& ops, ThreadPool& pool, AlignedBytes& scratch, const View<float>& output,
                     const View<float>& queries, const KvStore& store, const KvLayer& layer,
                     const RaggedBatch& batch, float scale) {
  const Call call(ops, output, queries, store, layer, scale);
  const KvGroupSpec& group = store.group(layer.group);
  const std::vector<Item> items = make_items(batch, group.kv_heads, call.heads());

  const bool short_items = std::all_of(
      items.begin(), items.end(), [&](const Item& item) { return item.count * call.heads() <= kDirectRows; });
  if (short_items && pool.size() > 1 && items.size() < 4 * static_cast<std::size_t>(pool.size())) {
    const std::int64_t width = store.layout(layer.group).row_stride;
    run_by_cuts(call, pool, scratch, items, pad_lanes(cut_scratch_floats(kDirectRows, width)));
    return;
  }
  const std::int64_t thread_floats = call.thread_floats();
  scratch.reserve(static_cast<std::uint64_t>(thread_floats * pool.size()) * sizeof(float));
  pool.parallel_for(static_cast<std::int64_t>(items.size()), [&](std::int64_t index, int thread) {
    call.run_item(items[static_cast<std::size_t>(index)], scratch.floats() + thread * thread_floats);
  });
}

}  // namespace reckon::kernels::cpu
