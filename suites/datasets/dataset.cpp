#include "suites/datasets/dataset.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/utf8.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

json::ParseLimits row_limits(const DatasetLimits& limits) {
  json::ParseLimits result;
  result.max_bytes = limits.max_line_bytes;
  result.max_depth = 100;
  return result;
}

/// Python writes NaN, Infinity and -Infinity into JSON, which has no such numbers: quoted they are texts.
/// `beyond` is set where `line` holds one, or an integer that 64 bits do not.
std::string with_quoted_constants(std::string_view line, bool& beyond) {
  std::string result;
  bool in_string = false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      result += c;
      if (c == '\\' && i + 1 < line.size()) {
        result += line[++i];
      }
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    beyond = beyond || digits >= 19;
    std::string_view constant;
    for (const std::string_view name : {"NaN", "Infinity", "-Infinity"}) {
      constant = line.substr(i).starts_with(name) ? name : constant;
    }
    if (constant.empty()) {
      result += c;
      continue;
    }
    beyond = true;
    result += '"';
    result += constant;
    result += '"';
    i += constant.size() - 1;
  }
  return result;
}

void add_row(std::vector<DatasetRow>& rows, const json::Value& row, std::string where,
             const DatasetLimits& limits) {
  if (!row.IsObject()) {
    fail_input("{}: a row must be a JSON object of fields", where);
  }
  if (rows.size() >= limits.max_rows) {
    fail_input("{}: more than {} rows", where, limits.max_rows);
  }
  rows.push_back({json::dump(row), std::move(where), ""});
}

std::vector<DatasetRow> read_lines(std::string_view text, const std::string& path,
                                   const DatasetLimits& limits) {
  std::vector<DatasetRow> rows;
  std::size_t number = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    ++number;
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.empty()) {
      continue;
    }
    std::string where = fmt::format("{}: line {}", path, number);
    if (line.size() > limits.max_line_bytes) {
      fail_input("{}: {} bytes, more than the {} of one row", where, line.size(), limits.max_line_bytes);
    }
    if (!utf8::is_valid(line)) {
      fail_input("{}: not valid UTF-8", where);
    }
    bool beyond = false;
    const json::Document row = parse_row(line, where, beyond, limits);
    add_row(rows, row, std::move(where), limits);
    if (beyond) {
      rows.back().source = line;
    }
  }
  return rows;
}

std::vector<DatasetRow> read_document(std::string_view text, const std::string& path,
                                      const std::string& field, const DatasetLimits& limits) {
  if (!utf8::is_valid(text)) {
    fail_input("{}: not valid UTF-8", path);
  }
  json::ParseLimits parse_limits = row_limits(limits);
  parse_limits.max_bytes = limits.max_file_bytes;
  const json::Document document = json::parse(text, path, parse_limits);
  const json::Value* list = &document;
  if (!field.empty()) {
    if (!document.IsObject() || !document.HasMember(field.c_str())) {
      fail_input("{}: there is no '{}' at the top, where the suite says that the rows are", path, field);
    }
    list = &document[field.c_str()];
  }
  std::vector<DatasetRow> rows;
  if (list->IsObject() && field.empty()) {
    std::string keys;
    for (const auto& member : list->GetObject()) {
      if (member.value.IsArray()) {
        keys += fmt::format("{}'{}'", keys.empty() ? "" : ", ", member.name.GetString());
      }
    }
    if (!keys.empty()) {
      fail_input("{}: the file is one JSON object; say which list holds the rows with `field:` (lists: {})",
                 path, keys);
    }
    add_row(rows, *list, path + ": item 1", limits);
    return rows;
  }
  if (!list->IsArray()) {
    fail_input("{}: the rows must be a list", path);
  }
  std::size_t number = 0;
  for (const json::Value& row : list->GetArray()) {
    add_row(rows, row, fmt::format("{}: item {}", path, ++number), limits);
  }
  return rows;
}

enum class ColumnType { integer, number, text };

ColumnType type_of(const std::string& field) {
  if (field.empty() || field.size() > 18) {
    return ColumnType::text;
  }
  const std::size_t first = field[0] == '-' ? 1 : 0;
  if (first < field.size() && field.find_first_not_of("0123456789", first) == std::string::npos) {
    return ColumnType::integer;
  }
  char* end = nullptr;
  std::strtod(field.c_str(), &end);
  return *end == '\0' && field.find_first_not_of("0123456789.-+eE") == std::string::npos ? ColumnType::number
                                                                                         : ColumnType::text;
}

std::vector<DatasetRow> read_csv(std::string_view text, const std::string& path, char delimiter,
                                 const DatasetLimits& limits) {
  if (!utf8::is_valid(text)) {
    fail_input("{}: not valid UTF-8", path);
  }
  const std::vector<CsvRecord> records = parse_csv(text, path, delimiter, limits);
  if (records.empty()) {
    fail_input("{}: line 1: a CSV file begins with the names of its columns", path);
  }
  const std::vector<std::string>& names = records[0].fields;
  std::vector<ColumnType> types(names.size(), ColumnType::integer);
  for (std::size_t r = 1; r < records.size(); ++r) {
    if (records[r].fields.size() != names.size()) {
      fail_input("{}: line {}: {} fields, but the first line names {}", path, records[r].line,
                 records[r].fields.size(), names.size());
    }
    for (std::size_t column = 0; column < names.size(); ++column) {
      types[column] = std::max(types[column], type_of(records[r].fields[column]));
    }
  }
  std::vector<DatasetRow> rows;
  for (std::size_t r = 1; r < records.size(); ++r) {
    json::Document row;
    row.SetObject();
    json::Allocator& allocator = row.GetAllocator();
    for (std::size_t column = 0; column < names.size(); ++column) {
      const std::string& field = records[r].fields[column];
      json::Value value;
      if (types[column] == ColumnType::integer) {
        value.SetInt64(std::strtoll(field.c_str(), nullptr, 10));
      } else if (types[column] == ColumnType::number) {
        value.SetDouble(std::strtod(field.c_str(), nullptr));
      } else {
        value = json::string(field, allocator);
      }
      row.AddMember(json::string(names[column], allocator), value, allocator);
    }
    add_row(rows, row, fmt::format("{}: line {}", path, records[r].line), limits);
  }
  return rows;
}

bool named(const std::string& path, std::string_view extension) {
  const std::string low = lower_case(path);
  return low.ends_with(extension) || low.ends_with(std::string(extension) + ".gz") ||
         low.ends_with(std::string(extension) + ".zst");
}

}  // namespace

json::Document parse_row(std::string_view line, const std::string& where, bool& beyond,
                         const DatasetLimits& limits) {
  try {
    return json::parse(with_quoted_constants(line, beyond), where, row_limits(limits));
  } catch (const Error& error) {
    throw Error(fmt::format("{}; a row is one JSON object: mend it or take it out", error.what()),
                error.code());
  }
}

std::vector<DatasetRow> read_dataset(const std::string& path, DatasetFormat format, const std::string& field,
                                     const DatasetLimits& limits) {
  if (lower_case(path).ends_with(".parquet")) {
    return read_parquet(path, limits);
  }
  const std::string content = read_maybe_packed(path, limits.max_file_bytes);
  std::string_view text = content;
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  if (format == DatasetFormat::csv ||
      (format == DatasetFormat::from_name && (named(path, ".csv") || named(path, ".tsv")))) {
    return read_csv(text, path, named(path, ".tsv") ? '\t' : ',', limits);
  }
  if (named(path, ".jsonl") || named(path, ".ndjson")) {
    return read_lines(text, path, limits);
  }
  if (!field.empty() || trim(text).starts_with('[')) {
    return read_document(text, path, field, limits);
  }
  // ".json" is one document, or lines in spite of its name: then the first line is a whole object, and more
  // follows.
  const std::string_view body = trim(text);
  const std::size_t first_line = body.find('\n');
  if (first_line != std::string_view::npos && body[0] == '{' &&
      trim(body.substr(0, first_line)).ends_with('}') && trim(body.substr(first_line)).starts_with('{')) {
    return read_lines(text, path, limits);
  }
  return read_document(text, path, field, limits);
}

}  // namespace reckon::suites
