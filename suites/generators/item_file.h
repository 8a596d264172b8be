// Items as files: JSON lines with the fields id, question, thinking and answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "suites/generators/item.h"

namespace reckon::suites {

// One line without its end. All generated text is printable ASCII and line feeds.
std::string to_json_line(const Item& item);

// No more questions of one canonical form than this are in a test set: puzzles with two people have few
// forms.
inline constexpr int kMostItemsOfAForm = 10;

// The first `count` items of the test stream at full difficulty that ask different questions, each canonical
// form at most kMostItemsOfAForm times.
std::vector<Item> distinct_test_items(Family family, std::uint64_t seed, std::uint64_t count);

// What the test sets in suites/data were made with.
inline constexpr std::uint64_t kTestSetSeed = 20240607;
inline constexpr std::uint64_t kTestSetItems = 300;

}  // namespace reckon::suites
