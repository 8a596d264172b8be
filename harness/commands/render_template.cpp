#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/chat_prompt.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "harness/open_model.h"

namespace reckon::harness {

int render_template(const TemplateCommand& command) {
  const engine::EngineOptions options = engine::parse_engine_options(
      resolve_model_path(command.model.model), command.model.model_args, command.model.device);
  const auto source = engine::ModelSource::open(options.model_path, engine::open_options(options));
  const auto tokenizer = source->load_tokenizer();
  const engine::ChatPrompt prompt(options, *source, tokenizer.get());
  if (prompt.source().empty()) fail_input("{}: the model has no chat template", options.model_path);
  const json::Document messages = json::parse(whole_input(), "standard input");
  if (!messages.IsArray()) {
    fail_input(
        "standard input: expected a JSON array of messages: [{{\"role\": \"user\", \"content\": \"...\"}}]");
  }
  fmt::print("{}", prompt.render(messages, !command.no_generation_prompt, command.variables));
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
