#pragma once
// Splits the thinking trace off a reply that was made elsewhere.

#include <optional>
#include <string>
#include <string_view>

namespace reckon::harness {

struct ThinkingSplit {
  std::optional<std::string> thinking;  ///< nullopt: no markers
  std::string answer;
  bool unfinished = false;  ///< a trace was opened and never closed: there is no answer
};

/// The answer is what follows the last closing marker: also when the opening one was part of the prompt.
ThinkingSplit split_thinking(std::string_view text, std::string_view open = "<think>",
                             std::string_view close = "</think>");

}  // namespace reckon::harness
