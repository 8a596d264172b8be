#include "reports/long_text.h"

#include <fmt/format.h>

namespace reckon::reports {
namespace {

constexpr std::size_t kMarkBytes = 80;

}  // namespace

void LongText::cut(std::size_t budget) {
  if (ends_.size() <= budget + kMarkBytes) return;
  const auto starts_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(ends_[at]) & 0xC0) != 0x80;
  };
  std::size_t head = budget / 2;
  while (head > 0 && !starts_character(head)) --head;
  std::size_t tail = ends_.size() - (budget - budget / 2);
  while (tail < ends_.size() && !starts_character(tail)) ++tail;
  removed_ += tail - head;
  head_ = head;
  ends_.erase(head, tail - head);
  ends_.shrink_to_fit();
}

std::string LongText::shown() const {
  if (whole()) return ends_;
  const std::string_view ends = ends_;
  return fmt::format("{}\n[... {} bytes cut here ...]\n{}", ends.substr(0, head_), removed_,
                     ends.substr(head_));
}

std::string cut_in_the_middle(std::string_view text, std::size_t budget) {
  LongText cut{std::string(text)};
  cut.cut(budget);
  return cut.shown();
}

}  // namespace reckon::reports
