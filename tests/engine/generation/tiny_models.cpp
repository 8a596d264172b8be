#include "tests/engine/generation/tiny_models.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"

namespace reckon::engine::test {
namespace {

constexpr const char* kLlama =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 160,
  "hidden_size": 96, "intermediate_size": 144, "num_hidden_layers": 3, "num_attention_heads": 6,
  "num_key_value_heads": 2, "head_dim": 24, "hidden_act": "silu", "max_position_embeddings": 2048,
  "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": true, "attention_bias": false,
  "rope_scaling": {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
  "original_max_position_embeddings": 512}, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2})";

constexpr const char* kDeepseekHead =
    R"({"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
  "vocab_size": 160, "num_hidden_layers": 3, "first_k_dense_replace": 1, "num_attention_heads": 4,
  "num_key_value_heads": 4, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3, "n_group": 4,
  "topk_group": 2, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "scoring_func": "sigmoid",
  "topk_method": "noaux_tc", "moe_layer_freq": 1, "hidden_act": "silu", "max_position_embeddings": 2048,
  "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "rope_scaling": {"type": "yarn", "factor": 4.0,
  "original_max_position_embeddings": 512, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0},
  "attention_bias": false, "tie_word_embeddings": false, "num_nextn_predict_layers": 0, "bos_token_id": 0,
  "eos_token_id": 1, )";
constexpr const char* kDeepseek = R"("hidden_size": 64, "intermediate_size": 160, "moe_intermediate_size": 48,
  "q_lora_rank": 24, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
  "torch_dtype": "float32"})";
constexpr const char* kDeepseekFp8 =
    R"("hidden_size": 144, "intermediate_size": 200, "moe_intermediate_size": 72,
  "q_lora_rank": 40, "kv_lora_rank": 136, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
  "torch_dtype": "bfloat16", "quantization_config": {"quant_method": "fp8", "fmt": "e4m3",
  "activation_scheme": "dynamic", "weight_block_size": [128, 128]}})";

constexpr const char* kChatConfig =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 300,
  "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
  "num_key_value_heads": 2, "hidden_act": "silu", "max_position_embeddings": 512, "rms_norm_eps": 1e-05,
  "rope_theta": 10000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "eos_token_id": 257})";

constexpr const char* kChatTokenizer =
    R"({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>",
  "chat_template": "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %})"
    R"({% if add_generation_prompt %}<|im_start|>assistant\n)"
    R"({% if enable_thinking %}<think>\n{% endif %}{% endif %}"})";

std::string character(std::uint32_t code) {
  std::string text;
  utf8::append(text, code);
  return text;
}

/// The letters of byte-level BPE (openai/gpt-2, encoder.py: bytes_to_unicode).
std::string letter_of_byte(std::uint32_t byte) {
  const auto printable = [](std::uint32_t b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  };
  if (printable(byte)) return character(byte);
  std::uint32_t next = 256;
  for (std::uint32_t b = 0; b < byte; ++b) next += printable(b) ? 0 : 1;
  return character(next);
}

std::string byte_tokenizer_json() {
  json::Document document;
  document.Parse(
      R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
    "use_regex": true}, "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
    "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": {}, "merges": []}})");
  auto& allocator = document.GetAllocator();
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    document["model"]["vocab"].AddMember(json::string(letter_of_byte(byte), allocator), json::Value(byte),
                                         allocator);
  }
  unsigned id = 256;
  for (const char* token : {"<|im_start|>", "<|im_end|>", "<think>", "</think>"}) {
    json::Value entry(rapidjson::kObjectType);
    entry.AddMember("id", id, allocator);
    entry.AddMember("content", json::string(token, allocator), allocator);
    for (const char* field : {"single_word", "lstrip", "rstrip", "normalized"}) {
      entry.AddMember(json::string(field, allocator), json::Value(false), allocator);
    }
    entry.AddMember("special", id < 258, allocator);
    document["added_tokens"].PushBack(entry, allocator);
    ++id;
  }
  return json::dump(document);
}

std::string new_folder(const std::string& name) {
  std::string folder = testing::TempDir() + "reckon_tiny_" + name + "_" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

std::string write_tiny_chat_model() {
  const std::string folder = new_folder("chat");
  write_file_atomically(folder + "/config.json", kChatConfig);
  write_file_atomically(folder + "/tokenizer_config.json", kChatTokenizer);
  write_file_atomically(folder + "/tokenizer.json", byte_tokenizer_json());
  return folder;
}

const std::vector<std::string>& tiny_model_names() {
  static const std::vector<std::string> names = {"llama", "deepseek", "deepseek_fp8"};
  return names;
}

std::string write_tiny_model(const std::string& name) {
  const std::string folder = new_folder(name);
  std::string config = kLlama;
  if (name == "deepseek") config = std::string(kDeepseekHead) + kDeepseek;
  if (name == "deepseek_fp8") config = std::string(kDeepseekHead) + kDeepseekFp8;
  if (name != "llama" && config == kLlama) throw std::logic_error("no tiny model " + name);
  write_file_atomically(folder + "/config.json", config);
  return folder;
}

}  // namespace reckon::engine::test
