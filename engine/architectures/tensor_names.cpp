#include "engine/architectures/architecture.h"

namespace reckon::engine {

TensorNames hugging_face_names() {
  TensorNames names;
  names.embedding = "model.embed_tokens.weight";
  names.final_norm = "model.norm.weight";
  names.output = "lm_head.weight";
  names.attention_norm = "model.layers.{layer}.input_layernorm.weight";
  names.q = "model.layers.{layer}.self_attn.q_proj.weight";
  names.k = "model.layers.{layer}.self_attn.k_proj.weight";
  names.v = "model.layers.{layer}.self_attn.v_proj.weight";
  names.o = "model.layers.{layer}.self_attn.o_proj.weight";
  names.q_bias = "model.layers.{layer}.self_attn.q_proj.bias";
  names.k_bias = "model.layers.{layer}.self_attn.k_proj.bias";
  names.v_bias = "model.layers.{layer}.self_attn.v_proj.bias";
  names.o_bias = "model.layers.{layer}.self_attn.o_proj.bias";
  names.q_norm = "model.layers.{layer}.self_attn.q_norm.weight";
  names.k_norm = "model.layers.{layer}.self_attn.k_norm.weight";
  names.q_a = "model.layers.{layer}.self_attn.q_a_proj.weight";
  names.q_a_norm = "model.layers.{layer}.self_attn.q_a_layernorm.weight";
  names.q_b = "model.layers.{layer}.self_attn.q_b_proj.weight";
  names.kv_a = "model.layers.{layer}.self_attn.kv_a_proj_with_mqa.weight";
  names.kv_a_norm = "model.layers.{layer}.self_attn.kv_a_layernorm.weight";
  names.kv_b = "model.layers.{layer}.self_attn.kv_b_proj.weight";
  names.feed_forward_norm = "model.layers.{layer}.post_attention_layernorm.weight";
  names.gate = "model.layers.{layer}.mlp.gate_proj.weight";
  names.up = "model.layers.{layer}.mlp.up_proj.weight";
  names.down = "model.layers.{layer}.mlp.down_proj.weight";
  names.router = "model.layers.{layer}.mlp.gate.weight";
  names.router_bias = "model.layers.{layer}.mlp.gate.e_score_correction_bias";
  names.expert_gate = "model.layers.{layer}.mlp.experts.{expert}.gate_proj.weight";
  names.expert_up = "model.layers.{layer}.mlp.experts.{expert}.up_proj.weight";
  names.expert_down = "model.layers.{layer}.mlp.experts.{expert}.down_proj.weight";
  names.shared_gate = "model.layers.{layer}.mlp.shared_experts.gate_proj.weight";
  names.shared_up = "model.layers.{layer}.mlp.shared_experts.up_proj.weight";
  names.shared_down = "model.layers.{layer}.mlp.shared_experts.down_proj.weight";
  return names;
}

TensorNames gguf_names() {
  TensorNames names;
  names.embedding = "token_embd.weight";
  names.final_norm = "output_norm.weight";
  names.output = "output.weight";
  names.attention_norm = "blk.{layer}.attn_norm.weight";
  names.q = "blk.{layer}.attn_q.weight";
  names.k = "blk.{layer}.attn_k.weight";
  names.v = "blk.{layer}.attn_v.weight";
  names.o = "blk.{layer}.attn_output.weight";
  names.q_bias = "blk.{layer}.attn_q.bias";
  names.k_bias = "blk.{layer}.attn_k.bias";
  names.v_bias = "blk.{layer}.attn_v.bias";
  names.o_bias = "blk.{layer}.attn_output.bias";
  names.q_norm = "blk.{layer}.attn_q_norm.weight";
  names.k_norm = "blk.{layer}.attn_k_norm.weight";
  names.q_a = "blk.{layer}.attn_q_a.weight";
  names.q_a_norm = "blk.{layer}.attn_q_a_norm.weight";
  names.q_b = "blk.{layer}.attn_q_b.weight";
  names.kv_a = "blk.{layer}.attn_kv_a_mqa.weight";
  names.kv_a_norm = "blk.{layer}.attn_kv_a_norm.weight";
  names.kv_b = "blk.{layer}.attn_kv_b.weight";
  names.feed_forward_norm = "blk.{layer}.ffn_norm.weight";
  names.gate = "blk.{layer}.ffn_gate.weight";
  names.up = "blk.{layer}.ffn_up.weight";
  names.down = "blk.{layer}.ffn_down.weight";
  names.router = "blk.{layer}.ffn_gate_inp.weight";
  names.router_bias = "blk.{layer}.exp_probs_b.bias";
  names.expert_gate = "blk.{layer}.ffn_gate_exps.weight";
  names.expert_up = "blk.{layer}.ffn_up_exps.weight";
  names.expert_down = "blk.{layer}.ffn_down_exps.weight";
  names.shared_gate = "blk.{layer}.ffn_gate_shexp.weight";
  names.shared_up = "blk.{layer}.ffn_up_shexp.weight";
  names.shared_down = "blk.{layer}.ffn_down_shexp.weight";
  return names;
}

std::string tensor_name(const std::string& pattern, std::int32_t layer, std::int32_t expert) {
  std::string name = pattern;
  const auto fill = [&name](const std::string& mark, std::int32_t number) {
    const std::size_t place = name.find(mark);
    if (place != std::string::npos) name.replace(place, mark.size(), std::to_string(number));
  };
  fill("{layer}", layer);
  fill("{expert}", expert);
  return name;
}

}  // namespace reckon::engine
