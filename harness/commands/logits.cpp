#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/engine.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "harness/key_values.h"
#include "harness/open_model.h"

namespace reckon::harness {
namespace {

std::vector<engine::TokenId> ids_of(const std::string& text, std::int64_t vocabulary) {
  std::vector<engine::TokenId> ids;
  std::string word;
  for (const char c : text + ",") {
    if (c == ',') {
      if (!word.empty()) {
        ids.push_back(static_cast<engine::TokenId>(parse_integer(word, "--ids", 0, vocabulary - 1)));
      }
      word.clear();
    } else if (c != ' ' && c != '[' && c != ']') {
      word += c;
    }
  }
  return ids;
}

/// `tokenizer`: null where the model has none; the id then stands alone.
json::Value token_json(const engine::Tokenizer* tokenizer, const kernels::TokenLogprob& token,
                       json::Allocator& allocator) {
  json::Value value(rapidjson::kObjectType);
  value.AddMember("id", token.token, allocator);
  if (tokenizer != nullptr) {
    value.AddMember("text", json::string(tokenizer->token_bytes(token.token), allocator), allocator);
  }
  value.AddMember("logprob", static_cast<double>(token.logprob), allocator);
  return value;
}

}  // namespace

int logits(const LogitsCommand& command) {
  const auto engine = engine::Engine::load(engine::parse_engine_options(
      resolve_model_path(command.model.model), command.model.model_args, command.model.device));
  const engine::Tokenizer* tokenizer = engine->has_tokenizer() ? &engine->tokenizer() : nullptr;
  engine::NextTokensRequest request;
  request.tokens = !command.ids.empty() ? ids_of(command.ids, engine->source().config().vocab_size)
                                        : engine->encode_prompt(
                                              command.prompt.empty() ? whole_input() : command.prompt, false);
  if (request.tokens.empty())
    fail_input("logits: no tokens (give --prompt, --ids or text on standard input)");
  request.all_positions = command.all_positions;
  request.top_n = command.top;
  request.whole_rows = command.full;
  // One JSON object a position, as it comes: whole rows of a long text do not fit into memory.
  engine->next_tokens(request, [&](const engine::NextTokens& next) {
    json::Document document(rapidjson::kObjectType);
    auto& allocator = document.GetAllocator();
    document.AddMember("position", next.position, allocator);
    document.AddMember("token", request.tokens[static_cast<std::size_t>(next.position)], allocator);
    if (command.full) {
      json::Value row(rapidjson::kArrayType);
      row.Reserve(static_cast<rapidjson::SizeType>(next.logprobs.size()), allocator);
      for (const float logprob : next.logprobs) row.PushBack(static_cast<double>(logprob), allocator);
      document.AddMember("logprobs", row, allocator);
    } else {
      json::Value top(rapidjson::kArrayType);
      for (const kernels::TokenLogprob& token : next.top)
        top.PushBack(token_json(tokenizer, token, allocator), allocator);
      document.AddMember("top", top, allocator);
      if (next.given) document.AddMember("next", token_json(tokenizer, *next.given, allocator), allocator);
    }
    fmt::print("{}\n", json::dump(document));
  });
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
