#pragma once
#include <string>
#include <vector>

namespace reckon::reports {

/// A Markdown table whose columns are padded, so that it can also be read on a terminal.
class MarkdownTable {
 public:
  enum class Align { left, right };
  void column(const std::string& title, Align align = Align::left);
  void row(std::vector<std::string> cells);  ///< as many as there are columns; already escaped
  std::string text() const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace reckon::reports
