#pragma once
// The element types that model files name, with their sizes.

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/tensor.h"

namespace reckon::engine {

struct FileType {
  const char* name;
  std::int32_t block_elements;
  std::int32_t block_bytes;
  std::optional<kernels::DataType> type;  ///< none: listed and measured, but no weight is read from it
};

/// nullptr: no such type.
const FileType* safetensors_type(std::string_view dtype);
const FileType* gguf_type(std::uint32_t number);

/// Bytes of a tensor, or nullopt when the shape overflows, is not positive, or its innermost dimension is no
/// multiple of the block.
std::optional<std::uint64_t> tensor_bytes(const FileType& type, const std::int64_t* shape, std::size_t rank);

}  // namespace reckon::engine
