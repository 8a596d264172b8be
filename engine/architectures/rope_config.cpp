// Rotary parameters as configs write them. Formulas: transformers modeling_rope_utils.py.

#include <cmath>

#include "base/error.h"
#include "engine/architectures/architecture.h"

namespace reckon::engine {
namespace {

constexpr double kMaxFactor = 1e6;

void read_yarn(ConfigKeys& object, std::int64_t context_length, HuggingFaceRope& result) {
  RopeScaling& scaling = result.rope.scaling;
  scaling.kind = RopeScaling::Kind::yarn;
  scaling.original_context =
      object.get_int("original_max_position_embeddings", 1, kMaxContext, context_length);
  const double ratio = static_cast<double>(context_length) / static_cast<double>(scaling.original_context);
  scaling.factor = object.get_number("factor", 1e-3, kMaxFactor, ratio);
  scaling.beta_fast = object.get_number("beta_fast", 0.0, kMaxFactor, 0.0);
  scaling.beta_slow = object.get_number("beta_slow", 0.0, kMaxFactor, 0.0);
  if (scaling.beta_fast == 0.0) scaling.beta_fast = 32.0;
  if (scaling.beta_slow == 0.0) scaling.beta_slow = 1.0;
  scaling.truncate = object.get_bool("truncate", true);
  const double mscale = object.get_number("mscale", 0.0, kMaxFactor, 0.0);
  result.mscale_all_dim = object.get_number("mscale_all_dim", 0.0, kMaxFactor, 0.0);
  const double inferred =
      mscale != 0.0 && result.mscale_all_dim != 0.0
          ? yarn_mscale(scaling.factor, mscale) / yarn_mscale(scaling.factor, result.mscale_all_dim)
          : yarn_mscale(scaling.factor, 1.0);
  scaling.magnitude = object.get_number("attention_factor", 1e-6, kMaxFactor, inferred);
}

void read_llama3(ConfigKeys& object, std::int64_t context_length, RopeScaling& scaling) {
  scaling.kind = RopeScaling::Kind::llama3;
  scaling.factor = object.get_number("factor", 1e-3, kMaxFactor);
  scaling.low_freq_factor = object.get_number("low_freq_factor", 1e-6, kMaxFactor);
  scaling.high_freq_factor = object.get_number("high_freq_factor", 1e-6, kMaxFactor);
  scaling.original_context =
      object.get_int("original_max_position_embeddings", 1, kMaxContext, context_length);
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    fail_input("{}: high_freq_factor {} should be greater than low_freq_factor {}", object.where(),
               scaling.high_freq_factor, scaling.low_freq_factor);
  }
}

}  // namespace

double yarn_mscale(double factor, double mscale) {
  return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

HuggingFaceRope read_hugging_face_rope(ConfigKeys& keys, std::int32_t rotary_dim,
                                       std::int64_t context_length) {
  HuggingFaceRope result;
  result.rope.rotary_dim = rotary_dim;
  result.rope.theta = keys.get_number("rope_theta", 1.0 + 1e-6, 1e15, 10000.0);
  keys.require_number("partial_rotary_factor", 1.0);

  const json::Value* scaling = keys.get_value("rope_scaling");
  const json::Value* parameters = keys.get_value("rope_parameters");
  const bool newer = scaling == nullptr || (scaling->IsObject() && scaling->ObjectEmpty());
  const json::Value* value = newer ? parameters : scaling;
  if (value == nullptr) return result;
  const std::string where = keys.where() + (newer ? ": rope_parameters" : ": rope_scaling");
  if (!value->IsObject()) fail_input("{}: should be an object", where);

  ConfigKeys object(*value, where);
  result.rope.theta = object.get_number("rope_theta", 1.0 + 1e-6, 1e15, result.rope.theta);
  object.require_number("partial_rotary_factor", 1.0);
  const std::string type = object.get_string("rope_type", object.get_string("type", "default"));
  if (type == "linear") {
    result.rope.scaling.kind = RopeScaling::Kind::linear;
    result.rope.scaling.factor = object.get_number("factor", 1e-3, kMaxFactor);
  } else if (type == "llama3") {
    read_llama3(object, context_length, result.rope.scaling);
  } else if (type == "yarn") {
    read_yarn(object, context_length, result);
  } else if (type != "default") {
    fail_input("{}: rope_type '{}' is not supported (supported: default, linear, llama3, yarn)", where, type);
  }
  object.refuse_others("rope_type '" + type + "' has no such parameter here");
  return result;
}

RopeConfig read_gguf_rope(ConfigKeys& keys, std::int32_t rotary_dim, std::int64_t context_length,
                          const FindTensor& find) {
  RopeConfig rope;
  rope.rotary_dim = keys.get_count("rope.dimension_count", 2, kMaxWidth, rotary_dim);
  if (rope.rotary_dim != rotary_dim) {
    fail_input("{}: rope.dimension_count = {} of heads with {} rotary dimensions is not supported",
               keys.where(), rope.rotary_dim, rotary_dim);
  }
  rope.theta = keys.get_number("rope.freq_base", 1.0 + 1e-6, 1e15, 10000.0);
  if (find("rope_freqs.weight") != nullptr) rope.factors_tensor = "rope_freqs.weight";

  RopeScaling& scaling = rope.scaling;
  const std::string type = keys.get_string("rope.scaling.type", "none");
  const double older_factor = keys.get_number("rope.scale_linear", 0.0, kMaxFactor, 0.0);
  const double factor = keys.get_number("rope.scaling.factor", 0.0, kMaxFactor, older_factor);
  scaling.original_context =
      keys.get_int("rope.scaling.original_context_length", 1, kMaxContext, context_length);
  keys.ignore({"rope.scaling.finetuned"});
  if (type == "yarn") {
    scaling.kind = RopeScaling::Kind::yarn;
    scaling.factor = factor == 0.0 ? 1.0 : factor;
    scaling.beta_fast = keys.get_number("rope.scaling.yarn_beta_fast", 1e-6, kMaxFactor, 32.0);
    scaling.beta_slow = keys.get_number("rope.scaling.yarn_beta_slow", 1e-6, kMaxFactor, 1.0);
    keys.require_number("rope.scaling.yarn_ext_factor", 1.0);
    const double inferred =
        yarn_mscale(scaling.factor, 1.0) * keys.get_number("rope.scaling.attn_factor", 1e-6, kMaxFactor, 1.0);
    scaling.magnitude = keys.get_number("rope.scaling.yarn_attn_factor", 1e-6, kMaxFactor, inferred);
  } else if (type == "linear" || (type == "none" && factor > 0.0 && factor != 1.0)) {
    scaling.kind = RopeScaling::Kind::linear;
    scaling.factor = factor == 0.0 ? 1.0 : factor;
  } else if (type != "none") {
    fail_input("{}: rope.scaling.type '{}' is not supported (supported: none, linear, yarn)", keys.where(),
               type);
  }
  return rope;
}

}  // namespace reckon::engine
