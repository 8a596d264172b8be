#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "harness/open_model.h"

namespace reckon::harness {
namespace {

std::vector<engine::TokenId> parse_ids(const std::string& line, std::size_t number, std::size_t vocabulary) {
  const std::string source = fmt::format("standard input: line {}", number);
  const json::Document document = json::parse(line, source);
  if (!document.IsArray()) fail_input("{}: expected a JSON array of token ids", source);
  std::vector<engine::TokenId> ids;
  for (const json::Value& value : document.GetArray()) {
    if (!value.IsInt() || value.GetInt() < 0 || static_cast<std::size_t>(value.GetInt()) >= vocabulary) {
      fail_input("{}: {} is no token id (0 to {})", source, json::dump(value), vocabulary - 1);
    }
    ids.push_back(value.GetInt());
  }
  return ids;
}

}  // namespace

int tokenize(const TokenizeCommand& command) {
  const engine::EngineOptions options = engine::parse_engine_options(
      resolve_model_path(command.model.model), command.model.model_args, command.model.device);
  const auto source = engine::ModelSource::open(options.model_path, engine::open_options(options));
  const auto tokenizer = source->load_tokenizer();
  engine::EncodeOptions encode;
  encode.add_special_tokens = !command.no_special_tokens && options.add_bos_token.value_or(true);
  each_input_line([&](const std::string& line, std::size_t number) {
    if (command.decode) {
      json::Document text;
      const std::string decoded = tokenizer->decode(parse_ids(line, number, tokenizer->vocab_size()), false);
      fmt::print("{}\n", json::dump(json::string(decoded, text.GetAllocator())));
    } else {
      fmt::print("[{}]\n", fmt::join(tokenizer->encode(line, encode), ", "));
    }
  });
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
