#include "engine/formats/gguf.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "base/utf8.h"
#include "engine/formats/byte_reader.h"
#include "engine/formats/mapped_tensor.h"
#include "engine/formats/tensor_type.h"

namespace reckon::engine {
namespace {

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::int64_t kMaxAlignment = 1 << 20;
constexpr std::uint32_t kMaxRank = 4;
constexpr std::uint64_t kLeastKeyBytes = 8 + 4 + 1;         // length, type, value
constexpr std::uint64_t kLeastTensorBytes = 8 + 4 + 4 + 8;  // length, rank, type, offset

enum class ValueType : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

std::uint64_t least_bytes(ValueType type, const ByteReader& reader, std::string_view what) {
  switch (type) {
    case ValueType::u8:
    case ValueType::i8:
    case ValueType::boolean:
      return 1;
    case ValueType::u16:
    case ValueType::i16:
      return 2;
    case ValueType::u32:
    case ValueType::i32:
    case ValueType::f32:
      return 4;
    case ValueType::u64:
    case ValueType::i64:
    case ValueType::f64:
    case ValueType::string:
      return 8;
    case ValueType::array:
      break;
  }
  fail_input("{}: byte {}: {}: value type {} is not known here", reader.path(), reader.position(), what,
             static_cast<std::uint32_t>(type));
}

bool is_float(ValueType type) { return type == ValueType::f32 || type == ValueType::f64; }

std::int64_t read_integer(ByteReader& reader, ValueType type, const std::string& what) {
  switch (type) {
    case ValueType::u8:
      return reader.number<std::uint8_t>(what);
    case ValueType::i8:
      return reader.number<std::int8_t>(what);
    case ValueType::u16:
      return reader.number<std::uint16_t>(what);
    case ValueType::i16:
      return reader.number<std::int16_t>(what);
    case ValueType::u32:
      return reader.number<std::uint32_t>(what);
    case ValueType::i32:
      return reader.number<std::int32_t>(what);
    case ValueType::i64:
      return reader.number<std::int64_t>(what);
    default:
      break;
  }
  const auto value = reader.number<std::uint64_t>(what);
  if (value > static_cast<std::uint64_t>(INT64_MAX)) {
    fail_input("{}: {}: {} is too large", reader.path(), what, value);
  }
  return static_cast<std::int64_t>(value);
}

double read_float(ByteReader& reader, ValueType type, const std::string& what) {
  return type == ValueType::f32 ? static_cast<double>(reader.number<float>(what))
                                : reader.number<double>(what);
}

bool read_bool(ByteReader& reader, const std::string& what) {
  const auto value = reader.number<std::uint8_t>(what);
  if (value > 1)
    fail_input("{}: byte {}: {}: {} is no boolean", reader.path(), reader.position() - 1, what, value);
  return value == 1;
}

GgufValue read_array(ByteReader& reader, const std::string& what) {
  const auto type = static_cast<ValueType>(reader.number<std::uint32_t>(what));
  const std::uint64_t count = reader.count(least_bytes(type, reader, what), what);
  const auto fill = [count](auto values, const auto& read) {
    values.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(read());
    return values;
  };
  if (type == ValueType::string) {
    return fill(std::vector<std::string>(), [&] { return reader.string(what); });
  }
  if (type == ValueType::boolean) {
    return fill(std::vector<bool>(), [&] { return read_bool(reader, what); });
  }
  if (is_float(type)) {
    return fill(std::vector<double>(), [&] { return read_float(reader, type, what); });
  }
  return fill(std::vector<std::int64_t>(), [&] { return read_integer(reader, type, what); });
}

GgufValue read_value(ByteReader& reader, const std::string& what) {
  const auto type = static_cast<ValueType>(reader.number<std::uint32_t>(what));
  if (type == ValueType::array) return read_array(reader, what);
  least_bytes(type, reader, what);  // refuses unknown types
  if (type == ValueType::string) return reader.string(what);
  if (type == ValueType::boolean) return read_bool(reader, what);
  if (is_float(type)) return read_float(reader, type, what);
  return read_integer(reader, type, what);
}

std::string read_name(ByteReader& reader, const char* what) {
  const std::uint64_t start = reader.position();
  std::string name = reader.string(what);
  if (name.empty() || !utf8::is_valid(name)) {
    fail_input("{}: byte {}: {} is {}", reader.path(), start, what,
               name.empty() ? "empty" : "no valid UTF-8");
  }
  return name;
}

TensorRecord read_tensor(ByteReader& reader) {
  TensorRecord record;
  record.name = read_name(reader, "a tensor's name");
  const std::string what = "tensor '" + record.name + "'";
  const auto rank = reader.number<std::uint32_t>(what);
  if (rank < 1 || rank > kMaxRank) {
    fail_input("{}: {} has {} dimensions, expected 1 to {}", reader.path(), what, rank, kMaxRank);
  }
  for (std::uint32_t i = 0; i < rank; ++i) record.shape.push_back(read_integer(reader, ValueType::u64, what));
  std::reverse(record.shape.begin(), record.shape.end());  // GGUF lists the innermost first
  const auto number = reader.number<std::uint32_t>(what);
  record.offset = reader.number<std::uint64_t>(what);
  const FileType* type = gguf_type(number);
  if (type == nullptr) fail_input("{}: {} is of type {}, which is not known", reader.path(), what, number);
  record.type_name = type->name;
  record.type = type->type;
  const auto bytes = tensor_bytes(*type, record.shape.data(), record.shape.size());
  if (!bytes) {
    fail_input("{}: {} has shape {}, which {} cannot have (blocks of {})", reader.path(), what,
               shape_text(record.shape), type->name, type->block_elements);
  }
  record.bytes = *bytes;
  return record;
}

// Offsets in the file are relative to the data; made absolute here.
void place_tensors(GgufFile& file, std::uint64_t data_start, std::uint64_t file_bytes,
                   std::uint64_t alignment) {
  std::vector<const TensorRecord*> order;
  for (TensorRecord& record : file.tensors) {
    if (record.offset % alignment != 0) {
      fail_input("{}: tensor '{}' at data byte {} is not aligned to {}", file.path, record.name,
                 record.offset, alignment);
    }
    if (data_start > file_bytes || record.offset > file_bytes - data_start ||
        record.bytes > file_bytes - data_start - record.offset) {
      fail_input(
          "{}: tensor '{}' needs {} bytes at data byte {}, but the file ends at byte {} (data starts at {}); "
          "the "
          "file is incomplete: download it again",
          file.path, record.name, record.bytes, record.offset, file_bytes, data_start);
    }
    record.offset += data_start;
    order.push_back(&record);
  }
  std::sort(order.begin(), order.end(),
            [](const TensorRecord* a, const TensorRecord* b) { return a->offset < b->offset; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->offset + order[i - 1]->bytes > order[i]->offset) {
      fail_input("{}: tensor '{}' at byte {} overlaps tensor '{}', which ends at byte {}", file.path,
                 order[i]->name, order[i]->offset, order[i - 1]->name,
                 order[i - 1]->offset + order[i - 1]->bytes);
    }
  }
}

}  // namespace

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

std::int64_t GgufFile::get_int(std::string_view key, std::int64_t low, std::int64_t high) const {
  const GgufValue* value = find(key);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  if (number == nullptr) fail_input("{}: key '{}' is missing or no integer", path, key);
  if (*number < low || *number > high) {
    fail_input("{}: key '{}' is {}, outside the allowed {} to {}", path, key, *number, low, high);
  }
  return *number;
}

std::string GgufFile::get_string(std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  if (text == nullptr) fail_input("{}: key '{}' is missing or no string", path, key);
  return *text;
}

GgufFile read_gguf(std::span<const std::byte> bytes, const std::string& path, std::size_t file) {
  ByteReader reader(bytes, path);
  GgufFile result;
  result.path = path;
  const auto magic = reader.number<std::uint32_t>("the magic number");
  if (magic != kMagic) fail_input("{}: byte 0: does not start with 'GGUF'; it is no GGUF file", path);
  const auto version = reader.number<std::uint32_t>("the version");
  if (version == 0x03000000U || version == 0x02000000U) {
    fail_input("{}: is big-endian GGUF; only little-endian files are read: convert it", path);
  }
  if (version != 2 && version != 3)
    fail_input("{}: GGUF version {}; versions 2 and 3 are read", path, version);
  const std::uint64_t tensor_count = reader.count(kLeastTensorBytes, "the number of tensors");
  const std::uint64_t key_count = reader.count(kLeastKeyBytes, "the number of keys");
  for (std::uint64_t i = 0; i < key_count; ++i) {
    const std::string key = read_name(reader, "a key");
    if (result.values.contains(key)) fail_input("{}: key '{}' stands twice", path, key);
    result.values.emplace(key, read_value(reader, "key '" + key + "'"));
  }
  std::uint64_t alignment = kDefaultAlignment;
  if (result.find("general.alignment") != nullptr) {
    alignment = static_cast<std::uint64_t>(result.get_int("general.alignment", 8, kMaxAlignment));
    if (!std::has_single_bit(alignment))
      fail_input("{}: general.alignment {} is no power of two", path, alignment);
  }
  std::unordered_set<std::string> seen;
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    result.tensors.push_back(read_tensor(reader));
    TensorRecord& record = result.tensors.back();
    record.file = file;
    if (!seen.insert(record.name).second) fail_input("{}: tensor '{}' is listed twice", path, record.name);
  }
  const std::uint64_t data_start = (reader.position() + alignment - 1) / alignment * alignment;
  place_tensors(result, data_start, bytes.size(), alignment);
  return result;
}

}  // namespace reckon::engine
