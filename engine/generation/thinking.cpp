#include "engine/generation/thinking.h"

#include <array>

namespace reckon::engine {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

struct Pair {
  std::string_view open, close;
};
// As the templates of published reasoning models write them; the first that a template holds counts.
constexpr std::array<Pair, 6> kKnown = {{{"<think>", "</think>"},
                                         {"[THINK]", "[/THINK]"},
                                         {"<seed:think>", "</seed:think>"},
                                         {"◁think▷", "◁/think▷"},
                                         {"<thought>", "</thought>"},
                                         {"<reasoning>", "</reasoning>"}}};

}  // namespace

ThinkingMarkers markers_of_template(std::string_view chat_template) {
  for (const Pair& pair : kKnown) {
    if (chat_template.find(pair.close) != std::string_view::npos ||
        chat_template.find(pair.open) != std::string_view::npos) {
      return {std::string(pair.open), std::string(pair.close)};
    }
  }
  return {};
}

bool opens_thinking(std::string_view prompt, std::string_view reply_prefix, const ThinkingMarkers& markers) {
  const std::size_t opened = reply_prefix.rfind(markers.open);
  const std::size_t closed = reply_prefix.rfind(markers.close);
  if (closed != std::string_view::npos) return opened != std::string_view::npos && opened > closed;
  if (opened != std::string_view::npos) return true;
  const std::size_t last = prompt.find_last_not_of(kSpace);
  return last != std::string_view::npos && prompt.substr(0, last + 1).ends_with(markers.open);
}

}  // namespace reckon::engine
