#pragma once
// Rows of a dataset file: JSON lines, a JSON array (or one below a key), CSV, TSV; each also packed by gzip
// or zstd; Parquet where the build found Arrow.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

struct DatasetLimits {
  std::size_t max_file_bytes = std::size_t{1} << 30;  ///< after decompression
  std::size_t max_line_bytes = std::size_t{64} << 20;
  std::size_t max_rows = 50'000'000;
};

/// One row: its JSON text and where it stands, for messages.
struct DatasetRow {
  std::string json;
  std::string where;  ///< "file: line 7" or "file: item 7"
  std::string source =
      "";  ///< the line as it stands in the file, where it holds numbers that `json` cannot:
           ///< integers beyond 64 bits, NaN, Infinity (which `json` has as texts); "" elsewhere
};

enum class DatasetFormat { from_name, json, csv };

/// Reads `path`. `field`: the key of a JSON object that holds the rows; "" for JSON lines and arrays. CSV
/// values that are whole or decimal numbers in every row become numbers, as pandas makes them for
/// lm-evaluation-harness. Errors: unreadable, not UTF-8, a line that is no JSON object (file and line),
/// larger than `limits`, damaged data.
std::vector<DatasetRow> read_dataset(const std::string& path, DatasetFormat format, const std::string& field,
                                     const DatasetLimits& limits = {});

/// Whether this build reads Parquet.
bool reads_parquet();
/// Lists become arrays and structures objects; numbers that are none are texts ("NaN"). Errors: not Parquet,
/// larger than `limits`, a column of bytes; a build without Arrow (says what to do).
std::vector<DatasetRow> read_parquet(const std::string& path, const DatasetLimits& limits = {});

/// One row as it stands in a file: JSON, with Python's NaN, Infinity and -Infinity read as texts. `beyond` is
/// set where it holds one of these, or an integer that 64 bits do not. Errors: no JSON.
json::Document parse_row(std::string_view line, const std::string& where, bool& beyond,
                         const DatasetLimits& limits = {});

/// The content of `path`, decompressed when it is gzip or zstd (by its first bytes). Errors: more than
/// `max_bytes`, damaged.
std::string read_maybe_packed(const std::string& path, std::size_t max_bytes);

bool is_zstd(std::string_view stored);
/// Errors as above.
std::string inflate_zstd(std::string_view stored, const std::string& path, std::size_t max_bytes);

/// Fields of RFC 4180 text (quotes, doubled quotes, line breaks within quotes) with the line at which each
/// record begins.
struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t line = 0;
};
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source, char delimiter = ',',
                                 const DatasetLimits& limits = {});

}  // namespace reckon::suites
