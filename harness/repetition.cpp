#include "harness/repetition.h"

#include <vector>

namespace reckon::harness {

bool ends_in_loop(std::string_view text) {
  constexpr std::size_t kTail = 16'384;
  if (text.size() > kTail) text.remove_prefix(text.size() - kTail);
  // From the end: border[i] is the longest border of the last i + 1 bytes, and i + 1 - border[i] their period
  // (Knuth, Morris, Pratt 1977).
  const auto at = [&](std::size_t i) { return text[text.size() - 1 - i]; };
  std::vector<std::size_t> border(text.size(), 0);
  for (std::size_t i = 1; i < text.size(); ++i) {
    std::size_t k = border[i - 1];
    while (k > 0 && at(k) != at(i)) k = border[k - 1];
    border[i] = at(k) == at(i) ? k + 1 : 0;
    const std::size_t length = i + 1;
    const std::size_t period = length - border[i];
    if (length >= kLoopBytes && length >= kLoopRepeats * period) return true;
  }
  return false;
}

}  // namespace reckon::harness
