#include "engine/architectures/architecture.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"

namespace reckon::engine {
namespace {

constexpr const char* kUnknownKeyRemedy =
    "if it changes none, say so with --model_args ignore_config_keys=<name>, or use a newer version of "
    "reckon";

const Architecture& find_architecture(const std::string& name, const std::string& where, bool gguf) {
  std::vector<std::string> known;
  for (const Architecture& architecture : known_architectures()) {
    for (const std::string& candidate : gguf ? architecture.gguf_names : architecture.model_types) {
      if (candidate == name) return architecture;
      known.push_back(candidate);
    }
  }
  fail_input("{}: architecture '{}' is not known (known: {}){}", where, name, fmt::join(known, ", "),
             did_you_mean(name, known));
}

// Keys of transformers' PretrainedConfig that steer training, output or generation, not the forward pass.
void ignore_common_keys(ConfigKeys& keys) {
  keys.ignore({"architectures",
               "auto_map",
               "model_type",
               "transformers_version",
               "use_cache",
               "initializer_range",
               "bos_token_id",
               "eos_token_id",
               "pad_token_id",
               "sep_token_id",
               "decoder_start_token_id",
               "attention_dropout",
               "hidden_dropout",
               "resid_pdrop",
               "embd_pdrop",
               "output_attentions",
               "output_hidden_states",
               "return_dict",
               "torchscript",
               "use_bfloat16",
               "chunk_size_feed_forward",
               "is_encoder_decoder",
               "add_cross_attention",
               "cross_attention_hidden_size",
               "is_decoder",
               "tie_encoder_decoder",
               "finetuning_task",
               "id2label",
               "label2id",
               "num_labels",
               "problem_type",
               "prefix",
               "pruned_heads",
               "task_specific_params",
               "tokenizer_class",
               "pretraining_tp",
               "max_length",
               "min_length",
               "do_sample",
               "temperature",
               "top_k",
               "top_p",
               "typical_p",
               "repetition_penalty",
               "length_penalty",
               "num_beams",
               "num_beam_groups",
               "diversity_penalty",
               "early_stopping",
               "no_repeat_ngram_size",
               "encoder_no_repeat_ngram_size",
               "bad_words_ids",
               "num_return_sequences",
               "output_scores",
               "return_dict_in_generate",
               "forced_bos_token_id",
               "forced_eos_token_id",
               "remove_invalid_values",
               "exponential_decay_length_penalty",
               "suppress_tokens",
               "begin_suppress_tokens",
               "tf_legacy_loss",
               "is_llama_config",
               "transformers.js_config"});
  keys.ignore_prefix("_");
  keys.ignore_prefix("unsloth");
}

// {quant_method: fp8, fmt: e4m3, weight_block_size: [128, 128], activation_scheme: dynamic}
void read_quantization(ConfigKeys& keys, const std::vector<std::string>& ignored, ModelConfig& config) {
  const json::Value* value = keys.get_value("quantization_config");
  if (value == nullptr) return;
  if (!value->IsObject()) fail_input("{}: field 'quantization_config' should be an object", keys.where());
  ConfigKeys quantization(*value, keys.where() + ": quantization_config");
  quantization.ignore({"modules_to_not_convert", "ignored_layers"});  // each tensor's type stands in its file
  quantization.ignore(ignored);
  quantization.require_string("quant_method", "fp8", "");
  quantization.require_string("fmt", "e4m3", "e4m3");
  quantization.require_string("activation_scheme", "dynamic", "dynamic");
  const std::string scale_format = quantization.get_string("scale_fmt", "float");
  if (scale_format != "float" && scale_format != "ue8m0") {
    fail_input("{}: scale_fmt = '{}' is not supported, only 'float' and 'ue8m0'", quantization.where(),
               scale_format);
  }
  config.fp8_power_of_two_scales = scale_format == "ue8m0";
  const json::Value* block = quantization.get_value("weight_block_size");
  if (block == nullptr || !block->IsArray() || block->Size() != 2 || !(*block)[0].IsInt() ||
      !(*block)[1].IsInt() || (*block)[0].GetInt() <= 0 || (*block)[1].GetInt() <= 0) {
    fail_input("{}: field 'weight_block_size' should be two positive numbers, as [128, 128]",
               quantization.where());
  }
  config.fp8_block_rows = (*block)[0].GetInt();
  config.fp8_block_columns = (*block)[1].GetInt();
  quantization.refuse_others(kUnknownKeyRemedy);
}

kernels::DataType read_weight_type(ConfigKeys& keys) {
  const std::string torch_dtype = keys.get_string("torch_dtype", "bfloat16");
  const std::string type = keys.get_string("dtype", torch_dtype);
  if (type == "float32") return kernels::DataType::f32;
  if (type == "float16") return kernels::DataType::f16;
  return kernels::DataType::bf16;
}

void check(const ModelConfig& config, const std::string& where) {
  for (const LayerConfig& layer : config.layers) {
    const AttentionConfig& attention = layer.attention;
    if (attention.kind == AttentionConfig::Kind::grouped && attention.heads % attention.kv_heads != 0) {
      fail_input("{}: {} attention heads are no multiple of {} key/value heads", where, attention.heads,
                 attention.kv_heads);
    }
    if (attention.rope.rotary_dim <= 0 || attention.rope.rotary_dim % 2 != 0) {
      fail_input("{}: {} rotary dimensions; there should be an even, positive number", where,
                 attention.rope.rotary_dim);
    }
    const kernels::RouterSpec& router = layer.feed_forward.router;
    if (router.experts == 0) continue;
    if (router.experts % router.groups != 0 || router.kept_groups > router.groups) {
      fail_input("{}: {} experts in {} groups, {} of them kept, do not fit together", where, router.experts,
                 router.groups, router.kept_groups);
    }
    const std::int32_t group_experts = router.experts / router.groups;
    if (router.top_k > group_experts * router.kept_groups) {
      fail_input("{}: {} experts a token, but the {} groups kept hold {}", where, router.top_k,
                 router.kept_groups, group_experts * router.kept_groups);
    }
    if (router.groups > 1 && router.group_score == kernels::RouterSpec::GroupScore::top2_sum &&
        group_experts < 2) {
      fail_input("{}: groups of {} expert have no two best scores", where, group_experts);
    }
  }
}

}  // namespace

const std::vector<Architecture>& known_architectures() {
  static const std::vector<Architecture> known{llama_architecture(), deepseek_v3_architecture()};
  return known;
}

ModelConfig read_hugging_face_config(const json::Value& config, const std::string& where,
                                     const std::vector<std::string>& ignored_keys) {
  if (!config.IsObject()) fail_input("{}: should be a JSON object", where);
  ConfigKeys keys(config, where);
  ignore_common_keys(keys);
  keys.ignore(ignored_keys);
  const Architecture& architecture = find_architecture(keys.get_string("model_type"), where, false);
  ModelConfig result = architecture.from_hugging_face(keys);
  result.architecture = architecture.name;
  result.weight_type = read_weight_type(keys);
  read_quantization(keys, ignored_keys, result);
  keys.refuse_others(kUnknownKeyRemedy);
  check(result, where);
  return result;
}

ModelConfig read_gguf_config(const std::string& name, const json::Value& values, const std::string& where,
                             const FindTensor& find, const std::vector<std::string>& ignored_keys) {
  const Architecture& architecture = find_architecture(name, where, true);
  ConfigKeys keys(values, where + ": " + name);
  keys.ignore(ignored_keys);
  ModelConfig result = architecture.from_gguf(keys, find);
  result.architecture = architecture.name;
  keys.refuse_others(kUnknownKeyRemedy);
  check(result, where);
  return result;
}

}  // namespace reckon::engine
