#include "tests/engine/golden/golden_case.h"

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "tests/support/shared_data.h"

namespace reckon::test {

const std::vector<std::string>& golden_names() {
  static const std::vector<std::string> names{"llama_mha",       "llama_gqa_tied",
                                              "llama_bias",      "llama_linear",
                                              "llama_llama3",    "llama_yarn",
                                              "mistral_window",  "deepseek_plain",
                                              "deepseek_q_lora", "deepseek_halves",
                                              "deepseek_groups", "deepseek_negative",
                                              "deepseek_yarn",   "deepseek_yarn_magnitude",
                                              "deepseek_fp8"};
  return names;
}

GoldenCase read_golden(const std::string& name) {
  GoldenCase result;
  result.folder = source_file("tests/engine/golden/" + name);
  const json::Document document = json::parse_file(result.folder + "/golden.json");
  for (const json::Value& token : document["tokens"].GetArray()) result.tokens.push_back(token.GetInt());
  result.excluded.resize(result.tokens.size());
  for (const json::Value& position : document["excluded_positions"].GetArray()) {
    result.excluded.at(position.GetUint()) = true;
  }
  for (const json::Value& row : document["logprobs_times_1e5"].GetArray()) {
    std::vector<float> values;
    for (const json::Value& value : row.GetArray())
      values.push_back(static_cast<float>(value.GetDouble() * 1e-5));
    result.logprobs.push_back(std::move(values));
  }
  return result;
}

Difference largest_difference(const std::vector<std::vector<float>>& left,
                              const std::vector<std::vector<float>>& right,
                              const std::vector<bool>& excluded) {
  if (left.size() != right.size()) fail_input("{} rows against {}", left.size(), right.size());
  Difference result;
  for (std::size_t position = 0; position < left.size(); ++position) {
    if (excluded[position]) continue;
    if (left[position].size() != right[position].size()) fail_input("rows of different widths");
    for (std::size_t token = 0; token < left[position].size(); ++token) {
      const float difference = std::fabs(left[position][token] - right[position][token]);
      // A NaN is the worst difference of all.
      if (!(difference <= result.largest))
        result = {std::isnan(difference) ? INFINITY : difference, position, token};
    }
  }
  return result;
}

}  // namespace reckon::test
