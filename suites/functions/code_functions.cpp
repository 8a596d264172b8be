// Filters of humaneval and mbpp: from a reply to the program that is run.

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/functions/task_functions.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

class ProgramStep : public ReplyStep {
 public:
  using Function = std::string (*)(const std::string& reply, const json::Value& doc);
  explicit ProgramStep(Function function) : function_(function) {}
  void apply_one(Extraction& reply, const json::Value& doc) const override {
    reply.answer = function_(reply.answer, doc);
    reply.found = !reply.answer.empty();
    reply.rule = reply.found ? "build_predictions" : "";
  }

 private:
  Function function_;
};

std::string behind_prompt(const std::string& reply, const json::Value& doc) {
  return text_field(doc, "prompt") + reply;
}

std::string behind_prompt_up_to_fence(const std::string& reply, const json::Value& doc) {
  return text_field(doc, "prompt") + reply.substr(0, reply.find("```"));
}

/// The first fenced block; the opening fence stands in the prompt.
std::string first_block(const std::string& reply, const json::Value&) {
  static const Regex kBlock(R"((?s)```(?:\w+)?\n?(.*?)\n?```)", "mbpp.build_predictions");
  const std::string text = "```" + reply;
  Regex::Matches blocks = kBlock.find_all(text, 1);
  if (!blocks.all.empty()) return std::string(blocks.all[0].text(text, 1));
  const std::string plain = replace_all(text, "```python", "```");
  blocks = kBlock.find_all(plain, 1);
  return blocks.all.empty() ? "" : std::string(blocks.all[0].text(plain, 1));
}

FilterFunction program_filter(ProgramStep::Function function) {
  return [function](const json::Value& step, const std::string& where) {
    const OptionReader none(step, where, {"function", "filter_fn"});
    return std::make_unique<ProgramStep>(function);
  };
}

}  // namespace

const std::map<std::string, FilterFunction>& code_filter_functions() {
  static const std::map<std::string, FilterFunction> kFunctions = {
      {"humaneval.build_predictions", program_filter(behind_prompt)},
      {"humaneval.build_predictions_instruct", program_filter(behind_prompt_up_to_fence)},
      {"mbpp.build_predictions", program_filter(first_block)}};
  return kFunctions;
}

}  // namespace reckon::suites
