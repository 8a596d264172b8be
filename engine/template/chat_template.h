#pragma once
// Chat templates: the Jinja that published models carry, rendered as transformers does it
// (trim_blocks, lstrip_blocks, tojson without HTML escapes, raise_exception, strftime_now, loop controls).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"

namespace reckon::engine {

namespace jinja {
struct Program;
}

struct RenderOptions {
  /// Seconds since 1970 (UTC) for strftime_now; absent: the clock.
  std::optional<std::int64_t> now_unix_seconds;
  /// Bounds that end a template made to run for ever with an error.
  std::size_t max_steps = 20'000'000;
  std::size_t max_output_bytes = std::size_t{64} << 20;
  int max_depth = 200;  ///< nested macro calls
};

/// A parsed template; immutable, may be rendered from several threads at once.
class ChatTemplate {
 public:
  /// `name` (file name, or "model.gguf: tokenizer.chat_template") starts every error, which also holds the
  /// line. Errors: syntax, an unknown tag, nested too deeply.
  ChatTemplate(std::string source, std::string name);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ChatTemplate(const ChatTemplate&) = delete;
  ChatTemplate& operator=(const ChatTemplate&) = delete;

  /// `context` is an object whose members are the template's variables: messages (array of {role, content,
  /// tool_calls ...}), add_generation_prompt, bos_token, eos_token, tools, documents, enable_thinking, any
  /// other. Errors: what the template raises (its text), wrong operations, unknown filters, exceeded
  /// limits.
  std::string render(const json::Value& context, const RenderOptions& options = {}) const;

  const std::string& source() const { return source_; }

 private:
  std::string source_;
  std::string name_;
  std::unique_ptr<const jinja::Program> program_;
};

}  // namespace reckon::engine
