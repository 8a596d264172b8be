#include "harness/thinking.h"

namespace reckon::harness {

ThinkingSplit split_thinking(std::string_view text, std::string_view open, std::string_view close) {
  ThinkingSplit split;
  const std::size_t opened = text.find(open);
  const std::size_t closed = text.rfind(close);
  if (closed != std::string_view::npos) {
    const std::size_t begin = opened != std::string_view::npos && opened < closed ? opened + open.size() : 0;
    split.thinking = std::string(text.substr(begin, closed - begin));
    split.answer = std::string(text.substr(closed + close.size()));
  } else if (opened != std::string_view::npos) {
    split.thinking = std::string(text.substr(opened + open.size()));
    split.unfinished = true;
  } else {
    split.answer = std::string(text);
  }
  return split;
}

}  // namespace reckon::harness
