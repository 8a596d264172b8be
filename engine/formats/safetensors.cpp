#include "engine/formats/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/formats/tensor_type.h"

namespace reckon::engine {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr std::size_t kMaxRank = 8;
constexpr const char* kRemedy = "the file is damaged or incomplete: download it again";

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

std::vector<std::int64_t> read_shape(const json::Value& shape, const std::string& where) {
  if (shape.Size() > kMaxRank) fail_input("{}: {} dimensions, more than {}", where, shape.Size(), kMaxRank);
  std::vector<std::int64_t> dimensions;
  for (const json::Value& item : shape.GetArray()) {
    if (!item.IsInt64() || item.GetInt64() < 0) {
      fail_input("{}: field 'shape' should hold numbers from 0 to 2^63 - 1, found {}", where,
                 json::dump(item));
    }
    dimensions.push_back(item.GetInt64());
  }
  return dimensions;
}

TensorRecord read_record(const std::string& name, const json::Value& entry, const std::string& path,
                         std::uint64_t data_start, std::uint64_t data_bytes) {
  const json::ObjectReader reader(entry, path + ": tensor '" + name + "'");
  TensorRecord record;
  record.name = name;
  record.type_name = reader.get_string("dtype");
  record.shape = read_shape(reader.get_array("shape"), reader.where());
  const FileType* type = safetensors_type(record.type_name);
  if (type == nullptr) fail_input("{}: unknown type '{}'", reader.where(), record.type_name);
  record.type = type->type;

  const json::Value& offsets = reader.get_array("data_offsets");
  if (offsets.Size() != 2 || !offsets[0].IsUint64() || !offsets[1].IsUint64()) {
    fail_input("{}: field 'data_offsets' should be two byte offsets, found {}", reader.where(),
               json::dump(offsets));
  }
  const std::uint64_t begin = offsets[0].GetUint64();
  const std::uint64_t end = offsets[1].GetUint64();
  if (begin > end || end > data_bytes) {
    fail_input("{}: data at bytes {} to {}, but the file has {} bytes of data; {}", reader.where(), begin,
               end, data_bytes, kRemedy);
  }
  // A dimension of 0 makes a tensor empty; the others must still multiply to something sane.
  std::vector<std::int64_t> at_least_one = record.shape;
  for (std::int64_t& extent : at_least_one) extent = std::max<std::int64_t>(extent, 1);
  auto expected = tensor_bytes(*type, at_least_one.data(), at_least_one.size());
  if (expected && at_least_one != record.shape) expected = 0;
  if (!expected || *expected != end - begin) {
    fail_input("{}: {} bytes of data do not fit shape [{}] of {}", reader.where(), end - begin,
               fmt::join(record.shape, ", "), record.type_name);
  }
  record.offset = data_start + begin;
  record.bytes = end - begin;
  return record;
}

void check_coverage(std::vector<const TensorRecord*> order, const std::string& path, std::uint64_t data_start,
                    std::uint64_t file_bytes) {
  std::sort(order.begin(), order.end(), [](const TensorRecord* a, const TensorRecord* b) {
    return a->offset != b->offset ? a->offset < b->offset : a->bytes < b->bytes;
  });
  std::uint64_t position = data_start;
  std::string previous = "the header";
  for (const TensorRecord* record : order) {
    if (record->offset < position) {
      fail_input("{}: tensor '{}' at byte {} overlaps {}, which ends at byte {}", path, record->name,
                 record->offset, previous, position);
    }
    if (record->offset > position) {
      fail_input("{}: {} bytes between {} and tensor '{}' (byte {}) belong to no tensor", path,
                 record->offset - position, previous, record->name, position);
    }
    position = record->offset + record->bytes;
    previous = "tensor '" + record->name + "'";
  }
  if (position != file_bytes) {
    fail_input("{}: {} bytes after {} (byte {}) belong to no tensor", path, file_bytes - position, previous,
               position);
  }
}

}  // namespace

std::vector<TensorRecord> read_safetensors_directory(std::span<const std::byte> bytes,
                                                     const std::string& path, std::size_t file) {
  if (bytes.size() < kLengthBytes) {
    fail_input("{}: {} bytes, too short for a safetensors file; {}", path, bytes.size(), kRemedy);
  }
  const std::uint64_t header_bytes = little_endian(bytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > bytes.size() - kLengthBytes) {
    fail_input("{}: byte 0: a header of {} bytes does not fit the file of {} bytes (at most {}); {}", path,
               header_bytes, bytes.size(), kMaxHeaderBytes, kRemedy);
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                                static_cast<std::size_t>(header_bytes));
  const json::Document document = json::parse(header, path + ": header", {kMaxHeaderBytes, 8});
  if (!document.IsObject()) fail_input("{}: byte {}: the header should be a JSON object", path, kLengthBytes);

  const std::uint64_t data_start = kLengthBytes + header_bytes;
  std::vector<TensorRecord> records;
  std::unordered_set<std::string> seen;
  for (const auto& member : document.GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    if (!seen.insert(name).second) fail_input("{}: header: tensor '{}' is listed twice", path, name);
    if (name == "__metadata__") continue;
    records.push_back(read_record(name, member.value, path, data_start, bytes.size() - data_start));
    records.back().file = file;
  }
  std::vector<const TensorRecord*> order;
  order.reserve(records.size());
  for (const TensorRecord& record : records) order.push_back(&record);
  check_coverage(std::move(order), path, data_start, bytes.size());
  return records;
}

}  // namespace reckon::engine
