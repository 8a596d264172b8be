#include "base/error.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source, char delimiter,
                                 const DatasetLimits& limits) {
  std::vector<CsvRecord> records;
  std::size_t line = 1;
  std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (i < text.size()) {
    CsvRecord record;
    record.line = line;
    std::size_t bytes = 0;
    bool record_open = true;
    while (record_open) {
      std::string field;
      if (i < text.size() && text[i] == '"') {
        const std::size_t opened_at = line;
        ++i;
        for (;;) {
          if (i >= text.size()) {
            fail_input("{}: line {}: a quoted field never ends", source, opened_at);
          }
          if (text[i] == '"') {
            if (i + 1 < text.size() && text[i + 1] == '"') {
              field += '"';
              i += 2;
              continue;
            }
            ++i;
            break;
          }
          line += text[i] == '\n' ? 1 : 0;
          field += text[i++];
        }
        if (i < text.size() && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
          fail_input("{}: line {}: text after the closing quote of a field", source, line);
        }
      } else {
        while (i < text.size() && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
          field += text[i++];
        }
      }
      bytes += field.size();
      if (bytes > limits.max_line_bytes) {
        fail_input("{}: line {}: a record of more than {} bytes", source, record.line, limits.max_line_bytes);
      }
      record.fields.push_back(std::move(field));
      if (i < text.size() && text[i] == delimiter) {
        ++i;
        continue;
      }
      record_open = false;
      if (i < text.size() && text[i] == '\r') {
        ++i;
      }
      if (i < text.size() && text[i] == '\n') {
        ++i;
      }
      ++line;
    }
    const bool blank = record.fields.size() == 1 && record.fields[0].empty();
    if (!blank) {
      records.push_back(std::move(record));
    }
    if (records.size() > limits.max_rows) {
      fail_input("{}: more than {} rows", source, limits.max_rows);
    }
  }
  return records;
}

}  // namespace reckon::suites
