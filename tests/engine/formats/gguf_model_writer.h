#pragma once
// Models with drawn weights as GGUF files, arranged as llama.cpp's converter arranges them: Q and K rows of
// llama permuted, llama3 scaling as a tensor of factors, experts stacked, kv_b whole or split with its keys
// transposed.

#include <functional>
#include <string>

#include "engine/model/model_config.h"
#include "tests/engine/formats/file_builders.h"

namespace reckon::test {

/// How the matrices of a file are stored.
struct MatrixStorage {
  /// The type of the matrix of that GGUF name; none: all are F32.
  std::function<kernels::DataType(const std::string& name)> type_of;
  /// The values that those types stand for, as F32: the same model without quantised weights.
  bool as_f32 = false;
};

/// `config`: of a config.json, whose tensor names the weights are drawn by (load_format=dummy).
GgufBuilder llama_gguf(const engine::ModelConfig& config, const MatrixStorage& storage = {});
GgufBuilder deepseek_gguf(const engine::ModelConfig& config, bool split_kv_b,
                          const MatrixStorage& storage = {});

}  // namespace reckon::test
