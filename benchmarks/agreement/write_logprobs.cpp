// Log-probabilities of given token ids under a model, as raw float32, for agreement.py.
//   write_logprobs MODEL IDS.json OUT.f32 float32|by_weight f32|f16
// IDS.json is an array of sequences; OUT gets one row of the vocabulary's width for each token, in order.

#include <cstdio>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "tests/engine/golden/score_tokens.h"

namespace {

int run(const std::string& model, const std::string& ids_path, const std::string& out_path,
        const reckon::test::ScoreOptions& options) {
  const auto source = reckon::engine::ModelSource::open(model);
  const reckon::json::Document ids = reckon::json::parse_file(ids_path);
  std::ofstream out(out_path, std::ios::binary);
  for (const auto& sequence : ids.GetArray()) {
    std::vector<std::int32_t> tokens;
    for (const auto& token : sequence.GetArray()) tokens.push_back(token.GetInt());
    for (const auto& row : reckon::test::score_tokens(*source, tokens, options)) {
      out.write(reinterpret_cast<const char*>(row.data()),
                static_cast<std::streamsize>(row.size() * sizeof(float)));
    }
  }
  if (!out.flush()) reckon::fail_evaluation("{}: cannot be written", out_path);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: write_logprobs MODEL IDS.json OUT.f32 float32|by_weight f32|f16\n");
    return 2;
  }
  reckon::test::ScoreOptions options;
  options.threads = 0;
  if (std::string(argv[4]) == "by_weight")
    options.activations = reckon::kernels::ActivationPrecision::by_weight;
  if (std::string(argv[5]) == "f16") options.kv_type = reckon::kernels::DataType::f16;
  try {
    return run(argv[1], argv[2], argv[3], options);
  } catch (const reckon::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
