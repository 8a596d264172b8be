#pragma once
// The directory of a safetensors file: an 8-byte little-endian header length, a JSON header, then the data.
// https://github.com/huggingface/safetensors#format

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/model/model_source.h"

namespace reckon::engine {

/// Reads and checks the directory of one file: header inside the file and at most 100 MB, names unique and
/// UTF-8, known types, sizes that fit shapes, data without overlap or gap up to the end of the file.
/// `file` is put into each record. Errors name the file, the tensor and the byte.
std::vector<TensorRecord> read_safetensors_directory(std::span<const std::byte> bytes,
                                                     const std::string& path, std::size_t file);

}  // namespace reckon::engine
