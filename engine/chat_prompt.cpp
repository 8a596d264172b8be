#include "engine/chat_prompt.h"

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kMaxTemplateBytes = std::size_t{4} << 20;

void set_member(json::Document& document, const json::Value& name, const json::Value& value) {
  auto& allocator = document.GetAllocator();
  json::Value own_name(name, allocator);
  json::Value own_value(value, allocator);
  document.RemoveMember(own_name);
  document.AddMember(own_name, own_value, allocator);
}

void add_variables(json::Document& document, const std::string& variables) {
  if (variables.empty()) return;
  const json::Document more = json::parse(variables, "template variables");
  if (!more.IsObject()) fail_input("template variables: expected a JSON object");
  for (const auto& member : more.GetObject()) set_member(document, member.name, member.value);
}

}  // namespace

ChatPrompt::ChatPrompt(const EngineOptions& options, const ModelSource& source, const Tokenizer* tokenizer)
    : model_path_(source.path()), variables_(options.template_variables) {
  const auto& known = source.chat_templates();
  std::string name = source.path() + ": chat template";
  if (options.chat_template.empty()) {
    const auto usual = known.find("default");
    if (usual != known.end()) source_ = usual->second;
  } else if (const auto found = known.find(options.chat_template); found != known.end()) {
    source_ = found->second;
    name += " '" + options.chat_template + "'";
  } else if (std::filesystem::is_regular_file(options.chat_template)) {
    source_ = read_file(options.chat_template, kMaxTemplateBytes);
    name = options.chat_template;
  } else {
    std::vector<std::string> names;
    for (const auto& entry : known) names.push_back(entry.first);
    fail_input("chat_template={}: neither a file nor a template of {}{}", options.chat_template,
               source.path(),
               names.empty() ? ", which has none" : fmt::format(" (it has {})", fmt::join(names, ", ")));
  }
  if (!source_.empty()) template_ = std::make_unique<ChatTemplate>(source_, name);
  if (tokenizer != nullptr) {
    if (const auto bos = tokenizer->bos_token()) bos_ = tokenizer->token_piece(*bos);
    if (const auto eos = tokenizer->eos_token()) eos_ = tokenizer->token_piece(*eos);
  }
}

std::string ChatPrompt::render(const json::Value& messages, bool add_generation_prompt,
                               const std::string& variables) const {
  if (!template_) {
    fail_input(
        "{} has no chat template: name one (--model_args chat_template=FILE), or do without "
        "--apply_chat_template",
        model_path_);
  }
  json::Document context(rapidjson::kObjectType);
  auto& allocator = context.GetAllocator();
  context.AddMember("messages", json::Value(messages, allocator), allocator);
  context.AddMember("add_generation_prompt", add_generation_prompt, allocator);
  // As transformers calls a template: these two are there, and None.
  context.AddMember("tools", json::Value(), allocator);
  context.AddMember("documents", json::Value(), allocator);
  if (!bos_.empty()) context.AddMember("bos_token", json::string(bos_, allocator), allocator);
  if (!eos_.empty()) context.AddMember("eos_token", json::string(eos_, allocator), allocator);
  add_variables(context, variables_);
  add_variables(context, variables);
  return template_->render(context);
}

}  // namespace reckon::engine
