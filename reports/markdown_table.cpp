#include "reports/markdown_table.h"

#include <algorithm>

namespace reckon::reports {
namespace {

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t to, MarkdownTable::Align align) {
  const std::string space(to > width(text) ? to - width(text) : 0, ' ');
  return align == MarkdownTable::Align::right ? space + text : text + space;
}

}  // namespace

void MarkdownTable::column(const std::string& title, Align align) { columns_.push_back({title, align}); }

void MarkdownTable::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string MarkdownTable::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = std::max<std::size_t>(3, width(columns_[c].title));
    for (const auto& row : rows_) widest = std::max(widest, width(row[c]));
    widths.push_back(widest);
  }
  std::string text;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    text += (c == 0 ? "|" : "") + padded(columns_[c].title, widths[c], Align::left) + "|";
  }
  text += "\n|";
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const bool right = columns_[c].align == Align::right;
    text += std::string(widths[c] - (right ? 1 : 0), '-') + (right ? ":|" : "|");
  }
  text += "\n";
  for (const auto& row : rows_) {
    text += "|";
    for (std::size_t c = 0; c < columns_.size(); ++c)
      text += padded(row[c], widths[c], columns_[c].align) + "|";
    text += "\n";
  }
  return text;
}

}  // namespace reckon::reports
