#pragma once
// The marks around a thinking trace: which ones a model uses, and whether its prompt has opened one already.

#include <optional>
#include <string>
#include <string_view>

namespace reckon::engine {

struct ThinkingMarkers {
  std::string open = "<think>";
  std::string close = "</think>";
};

/// The markers that a chat template names; <think> and </think> when it names none.
ThinkingMarkers markers_of_template(std::string_view chat_template);

/// Whether the reply begins inside a trace: the rendered prompt ends with the opening marker (white space may
/// follow), or the prefix of the reply that was put behind it opens one.
bool opens_thinking(std::string_view prompt, std::string_view reply_prefix, const ThinkingMarkers& markers);

}  // namespace reckon::engine
