#include "engine/model/verify_model.h"

#include <cstring>
#include <functional>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "engine/formats/float_types.h"
#include "engine/formats/mapped_tensor.h"

namespace reckon::engine {
namespace {

using kernels::DataType;

constexpr std::size_t kNamedTensors = 20;

struct Finding {
  std::uint64_t count = 0;
  std::uint64_t first = 0;       ///< element or block
  std::uint64_t first_byte = 0;  ///< from the start of the tensor
};

// Calls is_bad on each unit of `step` bytes.
template <typename IsBad>
Finding scan(std::span<const std::byte> data, std::size_t step, const IsBad& is_bad) {
  Finding finding;
  for (std::size_t offset = 0; offset + step <= data.size(); offset += step) {
    if (!is_bad(data.data() + offset)) continue;
    if (finding.count++ == 0) {
      finding.first = offset / step;
      finding.first_byte = offset;
    }
  }
  return finding;
}

template <typename Bits>
Bits bits_at(const std::byte* data) {
  Bits bits;
  std::memcpy(&bits, data, sizeof(Bits));
  return bits;
}

// An exponent of all ones is infinity or NaN.
template <typename Bits>
Finding scan_floats(std::span<const std::byte> data, Bits exponent) {
  return scan(data, sizeof(Bits),
              [exponent](const std::byte* at) { return (bits_at<Bits>(at) & exponent) == exponent; });
}

bool is_bad_half(const std::byte* at) { return (bits_at<std::uint16_t>(at) & 0x7C00U) == 0x7C00U; }

// The f16 scales of a GGUF block: one at its start (Q6_K: near its end), a second one behind it in some
// types.
Finding scan_blocks(std::span<const std::byte> data, DataType type) {
  const auto bytes = static_cast<std::size_t>(kernels::type_info(type).block_bytes);
  const std::size_t place = type == DataType::q6_k ? bytes - 2 : 0;
  const bool second =
      type == DataType::q4_1 || type == DataType::q5_1 || type == DataType::q4_k || type == DataType::q5_k;
  return scan(data, bytes, [place, second](const std::byte* at) {
    return is_bad_half(at + place) || (second && is_bad_half(at + place + 2));
  });
}

Finding scan_fp8(std::span<const std::byte> data) {
  return scan(data, 1, [](const std::byte* at) { return is_fp8_nan(std::to_integer<std::uint8_t>(*at)); });
}

Finding scan_fp8_scales(std::span<const std::byte> data) {
  return scan(data, 4, [](const std::byte* at) {
    const auto bits = bits_at<std::uint32_t>(at);
    const bool negative = (bits & 0x80000000U) != 0 && (bits & 0x7FFFFFFFU) != 0;
    return negative || (bits & 0x7F800000U) == 0x7F800000U;
  });
}

struct Scan {
  Finding finding;
  const char* what;
};

Scan scan_tensor(const TensorRecord& record, std::span<const std::byte> data) {
  if (record.type_name == "F32" && record.name.ends_with("_scale_inv")) {
    return {scan_fp8_scales(data), "scales are negative, infinite or NaN"};
  }
  if (record.type_name == "F64")
    return {scan_floats<std::uint64_t>(data, 0x7FF0000000000000ULL), "numbers are infinite or NaN"};
  if (record.type_name == "F8_E8M0") {
    return {scan(data, 1, [](const std::byte* at) { return *at == std::byte{0xFF}; }), "scales are NaN"};
  }
  if (!record.type) return {{}, ""};
  switch (*record.type) {
    case DataType::f32:
      return {scan_floats<std::uint32_t>(data, 0x7F800000U), "numbers are infinite or NaN"};
    case DataType::f16:
      return {scan_floats<std::uint16_t>(data, 0x7C00U), "numbers are infinite or NaN"};
    case DataType::bf16:
      return {scan_floats<std::uint16_t>(data, 0x7F80U), "numbers are infinite or NaN"};
    case DataType::fp8_e4m3:
      return {scan_fp8(data), "FP8 codes are NaN"};
    case DataType::i32:
    case DataType::u8:
      return {{}, ""};
    default:
      return {scan_blocks(data, *record.type), "blocks have an infinite or NaN scale"};
  }
}

}  // namespace

void verify_model(const ModelSource& source) {
  std::vector<std::string> findings;
  std::size_t damaged = 0;
  for (std::size_t file = 0; file < source.files().size(); ++file) {
    std::shared_ptr<const MappedFile> map;
    for (const TensorRecord& record : source.tensors()) {
      if (record.file != file) continue;
      if (!map) map = std::make_shared<const MappedFile>(source.files()[file].path);
      if (record.offset > map->bytes().size() || record.bytes > map->bytes().size() - record.offset) {
        fail_input("{}: tensor '{}' ends after the end of the file, which has changed since it was opened",
                   map->path(), record.name);
      }
      const auto [finding, what] =
          scan_tensor(record, map->bytes().subspan(static_cast<std::size_t>(record.offset),
                                                   static_cast<std::size_t>(record.bytes)));
      map->release(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.bytes));
      if (finding.count == 0) continue;
      if (++damaged > kNamedTensors) continue;
      findings.push_back(fmt::format("{}: tensor '{}' {}: {} {}, the first is number {} (byte {})",
                                     map->path(), record.name, shape_text(record.shape), finding.count, what,
                                     finding.first, record.offset + finding.first_byte));
    }
  }
  if (damaged == 0) return;
  if (damaged > kNamedTensors)
    findings.push_back(fmt::format("and {} other tensors", damaged - kNamedTensors));
  fail_input("{}\nthe weights are damaged: download them again", fmt::join(findings, "\n"));
}

}  // namespace reckon::engine
