// Every key of a GGUF file that bears on the result, changed alone, moves the log-probabilities by at least
// ten times the tolerance of the golden tests, or is refused because the tensors do not fit it.

#include <gtest/gtest.h>

#include <map>
#include <variant>

#include "base/error.h"
#include "tests/engine/formats/gguf_model_writer.h"
#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

constexpr float kVisible = 5e-3F;

using Value = std::variant<std::uint32_t, float, bool, std::string>;

struct Mutation {
  std::string golden;
  std::string key;  ///< without the architecture
  Value value;
  std::string refused;  ///< what the message must hold; "": the model runs and answers otherwise
};

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> all{
      {"llama_linear", "rope.freq_base", 9000.0F, ""},
      {"llama_linear", "rope.scaling.factor", 2.9F, ""},
      {"llama_linear", "rope.scaling.type", std::string("yarn"), ""},
      {"llama_linear", "attention.layer_norm_rms_epsilon", 0.01F, ""},
      {"llama_linear", "block_count", 2U, ""},
      {"llama_linear", "block_count", 4U, "blk.3"},
      {"llama_linear", "attention.head_count", 8U, "attn_q"},
      {"llama_linear", "attention.head_count_kv", 2U, "attn_k"},
      {"llama_linear", "embedding_length", 32U, "token_embd"},
      {"llama_linear", "feed_forward_length", 144U, "ffn_"},
      {"llama_llama3", "rope.freq_base", 900.0F, ""},
      {"deepseek_yarn", "rope.freq_base", 900.0F, ""},
      {"deepseek_yarn", "rope.scaling.factor", 7.5F, ""},
      {"deepseek_yarn", "rope.scaling.type", std::string("linear"), "rope.scaling.yarn_"},
      {"deepseek_yarn", "rope.scaling.original_context_length", 8U, ""},
      {"deepseek_yarn", "rope.scaling.yarn_beta_fast", 0.2F, ""},
      {"deepseek_yarn", "rope.scaling.yarn_beta_slow", 0.05F, ""},
      {"deepseek_yarn", "rope.scaling.yarn_log_multiplier", 0.11F, ""},
      {"deepseek_yarn", "attention.layer_norm_rms_epsilon", 0.01F, ""},
      {"deepseek_yarn", "leading_dense_block_count", 0U, "blk.0.ffn_"},
      {"deepseek_yarn", "leading_dense_block_count", 2U, "blk.1.ffn_"},
      {"deepseek_yarn", "attention.q_lora_rank", 16U, "attn_q_a"},
      {"deepseek_yarn", "attention.kv_lora_rank", 24U, "attn_kv_"},
      {"deepseek_yarn", "attention.key_length", 40U, "attn_q_b"},
      {"deepseek_yarn", "attention.value_length", 24U, "attn_kv_b"},
      {"deepseek_yarn", "expert_count", 7U, "ffn_gate_inp"},
      {"deepseek_yarn", "expert_used_count", 3U, ""},
      {"deepseek_yarn", "expert_shared_count", 2U, "_shexp"},
      {"deepseek_yarn", "expert_feed_forward_length", 32U, "_exps"},
      {"deepseek_yarn", "expert_gating_func", 1U, ""},
      {"deepseek_yarn", "expert_weights_scale", 2.4F, ""},
      {"deepseek_yarn", "expert_weights_norm", false, ""},
      {"deepseek_groups", "expert_group_count", 4U, ""},
      {"deepseek_groups", "expert_group_used_count", 4U, ""},
  };
  return all;
}

GgufBuilder file_of(const GoldenCase& golden, const std::string& architecture) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  const engine::ModelConfig config = engine::ModelSource::open(golden.folder, options)->config();
  return architecture == "llama" ? llama_gguf(config) : deepseek_gguf(config, false);
}

void change(GgufBuilder& builder, const std::string& key, const Value& value) {
  builder.remove(key);
  if (const auto* number = std::get_if<std::uint32_t>(&value)) builder.add_u32(key, *number);
  if (const auto* number = std::get_if<float>(&value)) builder.add_f32(key, *number);
  if (const auto* flag = std::get_if<bool>(&value)) builder.add_bool(key, *flag);
  if (const auto* text = std::get_if<std::string>(&value)) builder.add_string(key, *text);
}

std::vector<std::vector<float>> score(const GgufBuilder& builder, const std::vector<std::int32_t>& tokens) {
  const TemporaryFolder folder;
  return score_tokens(*engine::ModelSource::open(folder.write("m.gguf", builder.build())), tokens);
}

void expect_refusal(const GgufBuilder& builder, const GoldenCase& golden, const std::string& named) {
  try {
    score(builder, golden.tokens);
    ADD_FAILURE() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    EXPECT_NE(std::string(error.what()).find("m.gguf"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
  }
}

TEST(GgufMutation, EveryResultBearingKeyIsSeen) {
  std::map<std::string, std::vector<std::vector<float>>> originals;
  for (const Mutation& mutation : mutations()) {
    SCOPED_TRACE(mutation.golden + ": " + mutation.key);
    const GoldenCase golden = read_golden(mutation.golden);
    const std::string architecture = mutation.golden.starts_with("llama") ? "llama" : "deepseek2";
    GgufBuilder builder = file_of(golden, architecture);
    if (!originals.contains(mutation.golden)) originals[mutation.golden] = score(builder, golden.tokens);
    change(builder, architecture + "." + mutation.key, mutation.value);
    if (!mutation.refused.empty()) {
      expect_refusal(builder, golden, mutation.refused);
      continue;
    }
    const auto changed = score(builder, golden.tokens);
    EXPECT_GE(largest_difference(changed, originals[mutation.golden], golden.excluded).largest, kVisible);
  }
}

}  // namespace
}  // namespace reckon::test
