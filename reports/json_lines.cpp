#include "reports/json_lines.h"

#include <string_view>

#include <fmt/format.h>

#include "base/files.h"

namespace reckon::reports {

std::size_t for_each_json_line(
    const std::string& path,
    const std::function<void(const json::ObjectReader& line, std::size_t number)>& visit) {
  const MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  std::size_t number = 0;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string_view::npos) return 1;
    ++number;
    const std::string where = fmt::format("{}: line {}", path, number);
    const json::Document document = json::parse(text.substr(start, end - start), where);
    visit(json::ObjectReader(document, where), number);
    start = end + 1;
  }
  return 0;
}

}  // namespace reckon::reports
