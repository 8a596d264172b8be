#include <cstdio>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "harness/interrupt.h"
#include "harness/key_values.h"
#include "harness/open_model.h"
#include "harness/run_settings.h"

namespace reckon::harness {
namespace {

/// What was asked, and where it stands.
struct Prompt {
  json::Document line;
  std::string source;
};

ModelRequest request_of(const Prompt& asked, const GenerateCommand& command, bool has_template) {
  const json::ObjectReader reader(asked.line, asked.source);
  ModelRequest request;
  if (!command.system_instruction.empty()) request.messages.push_back({"system", command.system_instruction});
  if (reader.has("messages")) {
    for (const json::Value& message : reader.get_array("messages").GetArray()) {
      const json::ObjectReader turn(message, asked.source + ": messages");
      request.messages.push_back({turn.get_string("role"), turn.get_string("content")});
    }
    request.is_chat = true;
  } else {
    const std::string prompt = reader.get_string("prompt");
    request.is_chat = command.apply_chat_template.value_or(has_template);
    if (request.is_chat) {
      request.messages.push_back({"user", prompt});
    } else {
      request.messages.clear();
      request.text = prompt;
    }
  }
  return request;
}

std::string line_of(std::size_t index, const Completion& completion) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("index", static_cast<std::uint64_t>(index), allocator);
  document.AddMember("text", json::string(completion.text, allocator), allocator);
  json::Value thinking;
  if (completion.thinking) thinking = json::string(*completion.thinking, allocator);
  document.AddMember("thinking", thinking, allocator);
  document.AddMember("answer", json::string(completion.answer, allocator), allocator);
  document.AddMember("finish_reason", json::string(finish_reason_name(completion.finish_reason), allocator),
                     allocator);
  document.AddMember("truncated", completion.truncated, allocator);
  if (!completion.error.empty())
    document.AddMember("error", json::string(completion.error, allocator), allocator);
  json::Value usage(rapidjson::kObjectType);
  usage.AddMember("input_tokens", completion.usage.input_tokens, allocator);
  usage.AddMember("cached_input_tokens", completion.usage.cached_input_tokens, allocator);
  usage.AddMember("output_tokens", completion.usage.output_tokens, allocator);
  usage.AddMember("reasoning_tokens", completion.usage.reasoning_tokens, allocator);
  document.AddMember("usage", usage, allocator);
  document.AddMember("seconds", completion.total_seconds, allocator);
  return json::dump(document);
}

std::vector<Prompt> prompts_of(const GenerateCommand& command) {
  std::vector<Prompt> prompts;
  const auto take = [&](const std::string& line, const std::string& source) {
    if (!line.empty()) prompts.push_back({json::parse(line, source), source});
  };
  if (!command.prompt.empty()) {
    json::Document document(rapidjson::kObjectType);
    document.AddMember("prompt", json::string(command.prompt, document.GetAllocator()),
                       document.GetAllocator());
    prompts.push_back({std::move(document), "--prompt"});
  } else {
    each_line_of(command.file, take);
  }
  if (prompts.empty())
    fail_input("generate: no prompt (give --prompt, --file, or JSON lines on standard input)");
  return prompts;
}

}  // namespace

int generate(const GenerateCommand& command) {
  const SamplingOptions sampling = sampling_options({}, parse_key_values(command.gen_kwargs, "--gen_kwargs"));
  const std::vector<Prompt> prompts = prompts_of(command);
  const auto model = open_model(command.model);
  catch_interrupts();
  const bool stream = prompts.size() == 1 && !command.json;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    ModelRequest request = request_of(prompts[i], command, model->capabilities().chat_template);
    request.id = i + 1;
    request.sampling = sampling;
    request.sampling.seed = request_seed(command.seed, "generate", static_cast<std::int64_t>(i), 0);
    model->submit(std::move(request));
  }
  // Printed in the order of the prompts, whatever order they end in.
  std::map<RequestId, Completion> done;
  std::size_t printed = 0;
  std::size_t shown = 0;
  bool failed = false;
  while (printed < prompts.size() && !interrupted()) {
    for (ModelEvent& event : model->poll(0.2)) {
      if (event.kind == ModelEvent::Kind::text) {
        if (stream) {
          shown += event.text.size();
          fmt::print("{}", event.text);
          std::fflush(stdout);
        }
      } else {
        done[event.id] = std::move(event.completion);
      }
    }
    for (auto next = done.find(printed + 1); next != done.end(); next = done.find(printed + 1)) {
      const Completion& completion = next->second;
      if (stream) {
        fmt::print("{}\n", completion.text.size() >= shown ? completion.text.substr(shown) : "");
      } else if (command.json || prompts.size() > 1) {
        fmt::print("{}\n", line_of(printed, completion));
      }
      if (completion.finish_reason == FinishReason::error) {
        fmt::print(stderr, "reckon: prompt {}: {}\n", printed + 1, completion.error);
        failed = true;
      }
      std::fflush(stdout);
      done.erase(next);
      ++printed;
    }
  }
  return static_cast<int>(failed || interrupted() ? ExitCode::not_evaluated : ExitCode::done);
}

}  // namespace reckon::harness
