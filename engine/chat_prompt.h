#pragma once
// The prompt of a conversation, as the model's own chat template writes it.

#include <memory>
#include <string>

#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "engine/template/chat_template.h"
#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

class ChatPrompt {
 public:
  /// Takes the template that the options name, else the model's "default" one. `tokenizer` may be null.
  /// Errors: no template of that name (the known ones are listed), one that cannot be parsed.
  ChatPrompt(const EngineOptions& options, const ModelSource& source, const Tokenizer* tokenizer);

  /// "" when the model has no template.
  const std::string& source() const { return source_; }
  /// See Engine::render_chat().
  std::string render(const json::Value& messages, bool add_generation_prompt,
                     const std::string& variables) const;

 private:
  std::string model_path_;
  std::string source_;
  std::unique_ptr<ChatTemplate> template_;
  std::string bos_, eos_;
  std::string variables_;
};

}  // namespace reckon::engine
