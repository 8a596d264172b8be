#include "tests/engine/formats/file_builders.h"

#include <algorithm>
#include <bit>

#include <fmt/ranges.h>

#include "base/error.h"

namespace reckon::test {
namespace {

constexpr std::uint64_t kAlignment = 32;

std::string gguf_string(const std::string& text) { return little_endian(text.size(), 8) + text; }

}  // namespace

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}

std::string safetensors_file(const std::string& header_json, const std::string& data) {
  return little_endian(header_json.size(), 8) + header_json + data;
}

std::string safetensors_file(const std::vector<TensorSpec>& tensors) {
  std::string header, data;
  for (const TensorSpec& tensor : tensors) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    const std::size_t begin = data.size();
    const auto bytes = static_cast<std::size_t>(elements * tensor.element_bytes);
    data += tensor.data.empty() ? std::string(bytes, '\0') : tensor.data;
    header += fmt::format("{}\"{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          header.empty() ? "" : ",", tensor.name, tensor.dtype, fmt::join(tensor.shape, ","),
                          begin, data.size());
  }
  return safetensors_file("{" + header + "}", data);
}

GgufBuilder& GgufBuilder::add_raw(const std::string& key, std::uint32_t type, const std::string& value) {
  keys_.emplace_back(key, gguf_string(key) + little_endian(type, 4) + value);
  return *this;
}

GgufBuilder& GgufBuilder::remove(const std::string& key) {
  if (std::erase_if(keys_, [&](const auto& entry) { return entry.first == key; }) == 0)
    fail_input("the file to build has no key {}", key);
  return *this;
}

GgufBuilder& GgufBuilder::add_u32(const std::string& key, std::uint32_t value) {
  return add_raw(key, 4, little_endian(value, 4));
}

GgufBuilder& GgufBuilder::add_f32(const std::string& key, float value) {
  return add_raw(key, 6, little_endian(std::bit_cast<std::uint32_t>(value), 4));
}

GgufBuilder& GgufBuilder::add_string(const std::string& key, const std::string& value) {
  return add_raw(key, 8, gguf_string(value));
}

GgufBuilder& GgufBuilder::add_strings(const std::string& key, const std::vector<std::string>& values) {
  std::string text = little_endian(8, 4) + little_endian(values.size(), 8);
  for (const std::string& value : values) text += gguf_string(value);
  return add_raw(key, 9, text);
}

GgufBuilder& GgufBuilder::add_tensor_at(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                                        std::uint32_t type, std::uint64_t offset, std::uint64_t bytes) {
  tensors_ += gguf_string(name) + little_endian(dimensions.size(), 4);
  for (const std::uint64_t extent : dimensions) tensors_ += little_endian(extent, 8);
  tensors_ += little_endian(type, 4) + little_endian(offset, 8);
  ++tensors_added_;
  if (bytes > 0)
    data_bytes_ = std::max(data_bytes_, (offset + bytes + kAlignment - 1) / kAlignment * kAlignment);
  return *this;
}

GgufBuilder& GgufBuilder::add_tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                                     std::uint32_t type, std::uint64_t bytes) {
  return add_tensor_at(name, dimensions, type, data_bytes_, bytes);
}

GgufBuilder& GgufBuilder::add_tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                                     std::uint32_t type, const std::string& data) {
  data_.emplace_back(data_bytes_, data);
  return add_tensor_at(name, dimensions, type, data_bytes_, data.size());
}

GgufBuilder& GgufBuilder::add_bool(const std::string& key, bool value) {
  return add_raw(key, 7, value ? std::string("\x01") : std::string(1, '\0'));
}

std::string GgufBuilder::build() const {
  const std::uint64_t tensors = tensor_count < 0 ? tensors_added_ : static_cast<std::uint64_t>(tensor_count);
  const std::uint64_t keys = key_count < 0 ? keys_.size() : static_cast<std::uint64_t>(key_count);
  std::string file = little_endian(magic, 4) + little_endian(version, 4) + little_endian(tensors, 8) +
                     little_endian(keys, 8);
  for (const auto& [key, entry] : keys_) file += entry;
  file += tensors_;
  file.resize((file.size() + kAlignment - 1) / kAlignment * kAlignment);
  const std::size_t start = file.size();
  file += std::string(static_cast<std::size_t>(data_bytes_), '\0');
  for (const auto& [offset, bytes] : data_)
    file.replace(start + static_cast<std::size_t>(offset), bytes.size(), bytes);
  file.resize(file.size() - static_cast<std::size_t>(missing_bytes));
  return file;
}

GgufBuilder tiny_llama_gguf(bool quantised) {
  GgufBuilder builder;
  builder.add_string("general.architecture", "llama")
      .add_u32("llama.block_count", 1)
      .add_u32("llama.context_length", 64)
      .add_u32("llama.embedding_length", 32)
      .add_u32("llama.feed_forward_length", 64)
      .add_u32("llama.attention.head_count", 2)
      .add_u32("llama.attention.head_count_kv", 1)
      .add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F)
      .add_u32("llama.rope.dimension_count", 16)
      .add_string("tokenizer.ggml.model", "gpt2")
      .add_string("tokenizer.ggml.pre", "smollm")
      .add_strings("tokenizer.ggml.tokens", {"a", "b", "c", "d"})
      .add_strings("tokenizer.ggml.merges", {"a b"})
      .add_u32("tokenizer.ggml.eos_token_id", 2)
      .add_string("tokenizer.chat_template", "{{ messages[0].content }}");
  const auto matrix = [&](const std::string& name, std::uint64_t columns, std::uint64_t rows) {
    const std::uint64_t bytes = quantised ? columns * rows / 32 * 34 : columns * rows * 4;
    builder.add_tensor(name, {columns, rows}, quantised ? 8 : 0, bytes);
  };
  matrix("token_embd.weight", 32, 4);
  builder.add_tensor("blk.0.attn_norm.weight", {32}, 0, 128);
  matrix("blk.0.attn_q.weight", 32, 32);
  matrix("blk.0.attn_k.weight", 32, 16);
  matrix("blk.0.attn_v.weight", 32, 16);
  matrix("blk.0.attn_output.weight", 32, 32);
  builder.add_tensor("blk.0.ffn_norm.weight", {32}, 0, 128);
  matrix("blk.0.ffn_gate.weight", 32, 64);
  matrix("blk.0.ffn_up.weight", 32, 64);
  matrix("blk.0.ffn_down.weight", 64, 32);
  builder.add_tensor("output_norm.weight", {32}, 0, 128);
  return builder;
}

std::string tiny_llama_config() {
  return R"({"model_type": "llama", "vocab_size": 4, "hidden_size": 32, "intermediate_size": 64,
"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "hidden_act": "silu",
"max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
"bos_token_id": 0, "eos_token_id": 2})";
}

std::string tiny_llama_safetensors() {
  const std::string layer = "model.layers.0.";
  return safetensors_file(
      std::vector<TensorSpec>{{"model.embed_tokens.weight", "F32", {4, 32}, 4, ""},
                              {layer + "input_layernorm.weight", "F32", {32}, 4, ""},
                              {layer + "self_attn.q_proj.weight", "F32", {32, 32}, 4, ""},
                              {layer + "self_attn.k_proj.weight", "F32", {16, 32}, 4, ""},
                              {layer + "self_attn.v_proj.weight", "F32", {16, 32}, 4, ""},
                              {layer + "self_attn.o_proj.weight", "F32", {32, 32}, 4, ""},
                              {layer + "post_attention_layernorm.weight", "F32", {32}, 4, ""},
                              {layer + "mlp.gate_proj.weight", "BF16", {64, 32}, 2, ""},
                              {layer + "mlp.up_proj.weight", "BF16", {64, 32}, 2, ""},
                              {layer + "mlp.down_proj.weight", "F16", {32, 64}, 2, ""},
                              {"model.norm.weight", "F32", {32}, 4, ""}});
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace reckon::test
