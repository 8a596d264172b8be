// What looks into a model or asks it one thing: `reckon inspect`, `tokenize`, `template`, `logits`,
// `generate`.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, InspectCommand& command) {
  options.add("model_path,-m,--model", command.model.model, "Model").required();
  options.add("--model-args", command.model.model_args, "key=value,...");
  options.flag("--verify", command.verify, "Read every weight: NaN, bad scales, hashes");
  options.flag("--tensors", command.tensors, "List the tensors");
  options.add("--context", command.context, "Tokens of context for the memory estimate").not_negative();
  options.flag("--json", command.json, "JSON instead of text");
}

void add_options(OptionSet& options, TokenizeCommand& command) {
  add_model(options, command.model);
  options.flag("--decode", command.decode, "Lines of ids back to text (as JSON strings)");
  options.flag("--no-special-tokens", command.no_special_tokens, "Add no beginning or end token");
}

void add_options(OptionSet& options, TemplateCommand& command) {
  add_model(options, command.model);
  options.add("--variables", command.variables,
              "JSON object of template variables, e.g. {\"enable_thinking\": false}");
  options.flag("--no-generation-prompt", command.no_generation_prompt, "Do not open the model's turn");
}

void add_options(OptionSet& options, LogitsCommand& command) {
  add_model(options, command.model);
  options.add("--prompt", command.prompt, "Text (default: stdin)");
  options.add("--ids", command.ids, "Token ids separated by commas, instead of text");
  options.add("--top", command.top, "How many tokens to print").between(1, 1000000).shows_default();
  options.flag("--full", command.full, "The whole row");
  options.flag("--all-positions", command.all_positions, "After every token, not only the last");
}

void add_options(OptionSet& options, GenerateCommand& command) {
  add_model(options, command.model);
  options.add("--prompt", command.prompt, "One prompt (streamed to stdout)");
  options.add("--file", command.file, "JSON lines of {\"prompt\"} or {\"messages\"}; - for stdin");
  options.add("--gen-kwargs", command.gen_kwargs, "temperature=0.6,top_p=0.95,max_gen_toks=512,...");
  options.either("--apply-chat-template", "--no-chat-template", command.apply_chat_template,
                 "Put the prompt as a user message (default: when the model has a template)");
  options.add("--system-instruction", command.system_instruction, "System message");
  options.add("--seed", command.seed, "Seed of sampling").shows_default();
  options.flag("--json", command.json, "One JSON line a completion");
}

}  // namespace reckon::harness
