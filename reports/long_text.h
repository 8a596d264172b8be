#pragma once
// A text of which only the two ends may have been kept.

#include <cstddef>
#include <string>
#include <string_view>

namespace reckon::reports {

class LongText {
 public:
  LongText() = default;
  explicit LongText(std::string text) : ends_(std::move(text)) {}

  /// Keeps both ends, about `budget` bytes together, cut on character borders. Nothing happens to a text that
  /// is hardly longer: the mark takes room too.
  void cut(std::size_t budget);

  bool whole() const { return removed_ == 0; }
  bool empty() const { return ends_.empty(); }
  std::size_t kept_bytes() const { return ends_.size(); }
  /// With a mark in the middle that says how much is gone.
  std::string shown() const;

 private:
  std::string ends_;
  std::size_t head_ = 0;     ///< bytes of `ends_` before the gap
  std::size_t removed_ = 0;  ///< bytes
};

/// `text` cut to about `budget` bytes, as shown.
std::string cut_in_the_middle(std::string_view text, std::size_t budget);

}  // namespace reckon::reports
