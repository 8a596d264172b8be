#include "suites/generators/item_stream.h"

#include "suites/generators/arithmetic.h"
#include "suites/generators/code_output.h"
#include "suites/generators/knights.h"

namespace reckon::suites {

namespace {

std::string hex16(std::uint64_t value) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t place = 16; place-- > 0; value >>= 4U) {
    text[place] = kDigits[value & 15U];
  }
  return text;
}

}  // namespace

Item draw_item(Family family, CounterRng& rng, Level level) {
  Item item;
  switch (family) {
    case Family::kArithmetic:
      item = draw_arithmetic(rng, level);
      break;
    case Family::kLogic:
      item = draw_knights(rng, level);
      break;
    case Family::kCode:
      item = draw_code_output(rng, level);
      break;
  }
  item.id = std::string(family_name(family)) + "-" + hex16(stable_hash(item.prompt));
  return item;
}

ItemStream::ItemStream(Family family, Split split, std::uint64_t seed, Level level)
    : family_(family), split_(split), seed_(seed), level_(level) {}

Item ItemStream::next() {
  for (;;) {
    // One generator an item, so that a change in one item's draws does not shift all later ones.
    CounterRng rng(seed_, drawn_++);
    Item item = draw_item(family_, rng, level_);
    if (split_of(item.canonical_form) == split_) {
      return item;
    }
  }
}

}  // namespace reckon::suites
