#pragma once
// Where the keys of a sequence lie, for kernels.

#include "kernels/cuda/attention_kernels.h"
#include "kernels/cuda/device.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// The keys of one head in the page of a position; `slot` is the position's place in the page.
struct PagePlace {
  Global<std::uint8_t> keys = nullptr;
  std::int64_t slot = 0;
};

RECKON_DEVICE PagePlace find_page(const KvPlace& place, const PageTable& table, std::int32_t sequence,
                                  std::int64_t position, std::int32_t head) {
  const std::int64_t index = position / place.page_tokens;
  const std::int64_t page = table.pages != nullptr ? std::int64_t{table.pages[table.first[sequence] + index]}
                                                   : index - place.first_page;
  PagePlace found;
  found.keys = place.cache + static_cast<std::int64_t>(static_cast<std::uint64_t>(page) * place.page_bytes +
                                                       place.layer_offset +
                                                       static_cast<std::uint64_t>(head) * place.head_bytes);
  found.slot = position - index * place.page_tokens;
  return found;
}

/// The part [begin, end) of a cut that a token at `position` sees.
struct Seen {
  std::int64_t begin, end;
};
RECKON_DEVICE Seen seen_in_cut(std::int64_t position, std::int64_t window, std::int64_t cut_begin) {
  const std::int64_t first = window > 0 && position >= window ? position - window + 1 : 0;
  Seen seen;
  seen.begin = first > cut_begin ? first - cut_begin : 0;
  seen.end = position + 1 - cut_begin < kKeyCutPositions ? position + 1 - cut_begin : kKeyCutPositions;
  return seen;
}

/// The cuts [first, end) that a token at `position` sees.
struct CutsSeen {
  std::int64_t first, end;
};
RECKON_DEVICE CutsSeen cuts_seen(std::int64_t position, std::int64_t window) {
  CutsSeen seen;
  seen.first = window > 0 && position >= window ? (position - window + 1) / kKeyCutPositions : 0;
  seen.end = position / kKeyCutPositions + 1;
  return seen;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
