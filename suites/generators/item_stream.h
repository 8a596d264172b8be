// Endless streams of items of one family, split for good into what may be trained on and what is only asked.
#pragma once

#include <cstdint>

#include "suites/generators/counter_rng.h"
#include "suites/generators/item.h"

namespace reckon::suites {

// Deterministic: the n-th item depends on the constructor's arguments and n alone.
class ItemStream {
 public:
  ItemStream(Family family, Split split, std::uint64_t seed, Level level);

  // The next item of the split; items of the other split are skipped. Items may repeat.
  Item next();

 private:
  Family family_;
  Split split_;
  std::uint64_t seed_;
  Level level_;
  std::uint64_t drawn_ = 0;
};

// One item of either split, wholly determined by the state of `rng`; id is set.
Item draw_item(Family family, CounterRng& rng, Level level);

}  // namespace reckon::suites
