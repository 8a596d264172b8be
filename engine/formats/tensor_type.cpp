#include "engine/formats/tensor_type.h"

#include <array>

namespace reckon::engine {
namespace {

using kernels::DataType;

constexpr std::array<FileType, 16> kSafetensorsTypes{{
    {"F32", 1, 4, DataType::f32},
    {"F16", 1, 2, DataType::f16},
    {"BF16", 1, 2, DataType::bf16},
    {"F8_E4M3", 1, 1, DataType::fp8_e4m3},
    {"F8_E5M2", 1, 1, std::nullopt},
    {"F8_E8M0", 1, 1, std::nullopt},
    {"F64", 1, 8, std::nullopt},
    {"I8", 1, 1, std::nullopt},
    {"U8", 1, 1, DataType::u8},
    {"I16", 1, 2, std::nullopt},
    {"U16", 1, 2, std::nullopt},
    {"I32", 1, 4, DataType::i32},
    {"U32", 1, 4, std::nullopt},
    {"I64", 1, 8, std::nullopt},
    {"U64", 1, 8, std::nullopt},
    {"BOOL", 1, 1, std::nullopt},
}};

struct Numbered {
  std::uint32_t number;
  FileType type;
};

// ggml.h, enum ggml_type; block sizes from ggml-common.h.
constexpr std::array<Numbered, 35> kGgufTypes{{
    {0, {"F32", 1, 4, DataType::f32}},
    {1, {"F16", 1, 2, DataType::f16}},
    {2, {"Q4_0", 32, 18, DataType::q4_0}},
    {3, {"Q4_1", 32, 20, DataType::q4_1}},
    {6, {"Q5_0", 32, 22, DataType::q5_0}},
    {7, {"Q5_1", 32, 24, DataType::q5_1}},
    {8, {"Q8_0", 32, 34, DataType::q8_0}},
    {9, {"Q8_1", 32, 36, std::nullopt}},
    {10, {"Q2_K", 256, 84, std::nullopt}},
    {11, {"Q3_K", 256, 110, std::nullopt}},
    {12, {"Q4_K", 256, 144, DataType::q4_k}},
    {13, {"Q5_K", 256, 176, DataType::q5_k}},
    {14, {"Q6_K", 256, 210, DataType::q6_k}},
    {15, {"Q8_K", 256, 292, std::nullopt}},
    {16, {"IQ2_XXS", 256, 66, std::nullopt}},
    {17, {"IQ2_XS", 256, 74, std::nullopt}},
    {18, {"IQ3_XXS", 256, 98, std::nullopt}},
    {19, {"IQ1_S", 256, 50, std::nullopt}},
    {20, {"IQ4_NL", 32, 18, std::nullopt}},
    {21, {"IQ3_S", 256, 110, std::nullopt}},
    {22, {"IQ2_S", 256, 82, std::nullopt}},
    {23, {"IQ4_XS", 256, 136, std::nullopt}},
    {24, {"I8", 1, 1, std::nullopt}},
    {25, {"I16", 1, 2, std::nullopt}},
    {26, {"I32", 1, 4, DataType::i32}},
    {27, {"I64", 1, 8, std::nullopt}},
    {28, {"F64", 1, 8, std::nullopt}},
    {29, {"IQ1_M", 256, 56, std::nullopt}},
    {30, {"BF16", 1, 2, DataType::bf16}},
    {34, {"TQ1_0", 256, 54, std::nullopt}},
    {35, {"TQ2_0", 256, 66, std::nullopt}},
    {39, {"MXFP4", 32, 17, std::nullopt}},
    // Removed from ggml; named so that the error can say what the file holds.
    {31, {"Q4_0_4_4", 32, 18, std::nullopt}},
    {32, {"Q4_0_4_8", 32, 18, std::nullopt}},
    {33, {"Q4_0_8_8", 32, 18, std::nullopt}},
}};

}  // namespace

const FileType* safetensors_type(std::string_view dtype) {
  for (const FileType& type : kSafetensorsTypes) {
    if (dtype == type.name) return &type;
  }
  return nullptr;
}

const FileType* gguf_type(std::uint32_t number) {
  for (const Numbered& entry : kGgufTypes) {
    if (entry.number == number) return &entry.type;
  }
  return nullptr;
}

std::optional<std::uint64_t> tensor_bytes(const FileType& type, const std::int64_t* shape, std::size_t rank) {
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    if (shape[i] <= 0 || __builtin_mul_overflow(elements, shape[i], &elements)) return std::nullopt;
  }
  const std::int64_t inner = rank == 0 ? 1 : shape[rank - 1];
  if (inner % type.block_elements != 0) return std::nullopt;
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(elements / type.block_elements, std::int64_t{type.block_bytes}, &bytes)) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace reckon::engine
