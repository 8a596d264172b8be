#pragma once
// Replies that got stuck.

#include <cstddef>
#include <string_view>

namespace reckon::harness {

/// Whether the text ends in one piece said at least kLoopRepeats times in a row, over at least kLoopBytes
/// bytes (of the last 16,384). Linear in that length.
bool ends_in_loop(std::string_view text);

inline constexpr std::size_t kLoopRepeats = 4;
inline constexpr std::size_t kLoopBytes = 256;

}  // namespace reckon::harness
