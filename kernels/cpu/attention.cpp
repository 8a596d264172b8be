#include "kernels/cpu/attention.h"

#include <algorithm>
#include <cstring>

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

  bool can_read_pages() const { return page_tokens_ % kStripKeys == 0; }

  /// Positions [first, last] of the cut, where they lie in the pages.
  Cut from_pages(std::int64_t cut_begin, std::int64_t first, std::int64_t last) const {
    Cut cut;
    cut.begin = cut_begin;
    cut.key_stride = page_tokens_;
    cut.value_stride = row_stride_;
    cut.type = type_;
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

}  // namespace

void paged_attention(const OpTable& ops, ThreadPool& pool, AlignedBytes& scratch, const View<float>& output,
                     const View<float>& queries, const KvStore& store, const KvLayer& layer,
                     const RaggedBatch& batch, float scale) {
  const KvGroupSpec& group = store.group(layer.group);
  const std::int64_t width = store.layout(layer.group).row_stride;
  const std::int64_t heads = queries.dim(1) / group.kv_heads;
  const std::int64_t dim = group.key_dim;
  const std::vector<Item> items = make_items(batch, group.kv_heads, heads);

  const std::int64_t rows = std::max(heads, kBlockRows);
  const std::int64_t query_floats = pad_lanes(rows * dim);
  const std::int64_t state_floats = pad_lanes(row_state_floats(rows, width));
  const std::int64_t reader_floats =
      pad_lanes(CutReader::scratch_floats(group, width, store.spec().page_tokens));
  const std::int64_t thread_floats =
      query_floats + state_floats + reader_floats + pad_lanes(cut_scratch_floats(rows, width));
  scratch.reserve(static_cast<std::uint64_t>(thread_floats * pool.size()) * sizeof(float));

  pool.parallel_for(static_cast<std::int64_t>(items.size()), [&](std::int64_t index, int thread) {
    const Item& item = items[static_cast<std::size_t>(index)];
    float* query_copy = scratch.floats() + thread * thread_floats;
    float* state_memory = query_copy + query_floats;
    float* reader_memory = state_memory + state_floats;
    float* cut_memory = reader_memory + reader_floats;

    const std::int64_t first_token = item.slice->first_token + item.first;
    for (std::int64_t token = 0; token < item.count; ++token) {
      for (std::int64_t head = 0; head < heads; ++head)
        std::memcpy(query_copy + (token * heads + head) * dim,
                    queries.data + (first_token + token) * queries.stride(0) +
                        (item.head * heads + head) * queries.stride(1),
                    static_cast<std::size_t>(dim) * sizeof(float));
    }
    QueryBlock block;
    block.queries = query_copy;
    block.tokens = item.count;
    block.heads = heads;
    block.first_position = item.slice->first_position + item.first;
    block.window = group.layout == KvLayout::window ? group.window : 0;
    block.dim = dim;
    block.value_width = width;
    block.scale = scale;
    const RowState state = make_row_state(state_memory, block.rows(), width);
    const CutReader reader(ops, store, layer, item, reader_memory);

    const std::int64_t first_seen = block.first_seen(0);
    const std::int64_t last_seen = block.first_position + block.tokens - 1;
    const bool direct = reader.can_read_pages() && block.rows() <= kDirectRows;
    for (std::int64_t cut = first_seen / kKeyCutPositions; cut <= last_seen / kKeyCutPositions; ++cut) {
      const std::int64_t begin = cut * kKeyCutPositions;
      const std::int64_t from = std::max(begin, first_seen);
      const std::int64_t to = std::min(begin + kKeyCutPositions - 1, last_seen);
      attend_cut(ops, block, direct ? reader.from_pages(begin, from, to) : reader.converted(begin, from, to),
                 state, cut_memory);
    }
    for (std::int64_t token = 0; token < item.count; ++token) {
      for (std::int64_t head = 0; head < heads; ++head) {
        const std::int64_t row = token * heads + head;
        ops.divide(output.data + (first_token + token) * output.stride(0) +
                       (item.head * heads + head) * output.stride(1),
                   state.values + row * width, group.value_dim, state.sums[row]);
      }
    }
  });
}

}  // namespace reckon::kernels::cpu
