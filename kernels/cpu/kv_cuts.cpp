#include "kernels/cpu/kv_cuts.h"

#include <algorithm>
#include <cstring>

namespace reckon::kernels::cpu {
namespace {

/// Positions [first, last] of the cut from `begin` on that some token of the block sees.
struct Positions {
  std::int64_t first;
  std::int64_t last;
};
Positions seen_positions(const QueryBlock& block, std::int64_t begin) {
  return {std::max(begin, block.first_seen(0)),
          std::min(begin + kKeyCutPositions, block.first_position + block.tokens) - 1};
}

}  // namespace

Cut CutReader::from_pages(std::int64_t index, const QueryBlock& block) const {
  Cut cut;
  cut.begin = index * kKeyCutPositions;
  cut.key_stride = page_tokens_;
  cut.value_stride = call_.width;
  cut.type = type_;
  cut.in_pages = true;
  const std::int64_t size = type_ == Element::f32 ? 4 : 2;
  const Positions seen = seen_positions(block, cut.begin);
  for (std::int64_t strip = (seen.first - cut.begin) / kStripKeys;
       strip <= (seen.last - cut.begin) / kStripKeys; ++strip) {
    const std::int64_t position = cut.begin + strip * kStripKeys;
    const std::int32_t page = page_of(position);
    const std::int64_t slot = position % page_tokens_;
    cut.strips[strip].keys = call_.store.keys(call_.layer, page, item_.head) + slot * size;
    cut.strips[strip].values = call_.store.values(call_.layer, page, item_.head) + slot * call_.width * size;
  }
  return cut;
}

Cut CutReader::converted(std::int64_t index, const QueryBlock& block, float* scratch) const {
  const std::int64_t dim = call_.dim;
  const std::int64_t width = call_.width;
  float* keys = scratch;
  float* values = keys + kKeyCutPositions * dim;
  float* page_keys = values + kKeyCutPositions * width;
  Cut cut;
  cut.begin = index * kKeyCutPositions;
  cut.value_stride = width;
  const Positions seen = seen_positions(block, cut.begin);
  for (std::int64_t strip = (seen.first - cut.begin) / kStripKeys;
       strip <= (seen.last - cut.begin) / kStripKeys; ++strip) {
    cut.strips[strip].keys = keys + strip * kStripKeys * dim;
    cut.strips[strip].values = values + strip * kStripKeys * width;
  }
  for (std::int64_t at = seen.first / page_tokens_; at <= seen.last / page_tokens_; ++at) {
    const std::int32_t page = item_.slice->pages[static_cast<std::size_t>(at)];
    const std::int64_t place = at * page_tokens_ - cut.begin;
    call_.ops.load(values + place * width, call_.store.values(call_.layer, page, item_.head),
                   page_tokens_ * width, type_);
    if (page_tokens_ == kStripKeys) {
      call_.ops.load(keys + place * dim, call_.store.keys(call_.layer, page, item_.head), kStripKeys * dim,
                     type_);
      continue;
    }
    call_.ops.load(page_keys, call_.store.keys(call_.layer, page, item_.head), pad_lanes(page_tokens_ * dim),
                   type_);
    for (std::int64_t slot = 0; slot < page_tokens_;) {
      const std::int64_t key = place + slot;
      const std::int64_t count = std::min(page_tokens_ - slot, kStripKeys - key % kStripKeys);
      float* to = keys + key / kStripKeys * kStripKeys * dim + key % kStripKeys;
      for (std::int64_t d = 0; d < dim; ++d)
        std::memcpy(to + d * kStripKeys, page_keys + d * page_tokens_ + slot,
                    static_cast<std::size_t>(count) * sizeof(float));
      slot += count;
    }
  }
  return cut;
}

}  // namespace reckon::kernels::cpu
