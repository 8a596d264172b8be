#pragma once
// A GGUF file's keys and tensor directory, checked before use.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little endian)

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/model_source.h"

namespace reckon::engine {

/// Integers of every width are held as int64 (uint64 above 2^63 - 1 is refused), floats as double.
using GgufValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<bool>, std::vector<std::string>>;

struct GgufFile {
  std::string path;
  std::map<std::string, GgufValue, std::less<>> values;
  std::vector<TensorRecord> tensors;

  const GgufValue* find(std::string_view key) const;
  // Errors: absent, or another type.
  std::int64_t get_int(std::string_view key, std::int64_t low, std::int64_t high) const;
  std::string get_string(std::string_view key) const;
};

/// Errors name the file, the key or tensor and the byte: a count or length that the file cannot hold, unknown
/// value or tensor types, keys or tensors named twice, data outside the file, misaligned or overlapping.
/// `file` is put into each record.
GgufFile read_gguf(std::span<const std::byte> bytes, const std::string& path, std::size_t file);

}  // namespace reckon::engine
