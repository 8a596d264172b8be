#include "harness/scripted_model.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/nearest.h"
#include "harness/clock.h"

namespace reckon::harness {
namespace {

std::string prompt_text(const ModelRequest& request) {
  if (!request.is_chat) return request.text;
  std::string text;
  for (const suites::Message& message : request.messages)
    text += message.role + ": " + message.content + "\n";
  return text;
}

std::int64_t count_words(const std::string& text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

}  // namespace

ScriptedModel::ScriptedModel(const std::string& script_path)
    : path_(script_path), sha256_(sha256_file(script_path)) {
  const json::Document document = json::parse_file(script_path);
  const json::ObjectReader reader(document, script_path);
  static const std::vector<std::string> kKeys = {"replies",       "default_reply", "delay_seconds",
                                                 "max_in_flight", "error_every",   "error_retryable",
                                                 "lost_file"};
  for (const auto& member : document.GetObject()) {
    const std::string key = member.name.GetString();
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      fail_input("{}: unknown key '{}'{}", script_path, key, did_you_mean(key, kKeys));
    }
  }
  if (const json::Value* replies = reader.find("replies")) {
    const json::ObjectReader all(*replies, script_path + ": replies");
    for (const auto& member : replies->GetObject()) {
      replies_.emplace_back(member.name.GetString(), all.get_string(member.name.GetString()));
    }
  }
  default_reply_ = reader.get_string("default_reply", default_reply_);
  delay_seconds_ = reader.get_number("delay_seconds", 0.0);
  max_in_flight_ = static_cast<std::int32_t>(reader.get_int("max_in_flight", 1, 100000, 16));
  error_every_ = static_cast<std::uint64_t>(reader.get_int("error_every", 0, 1 << 30, 0));
  error_retryable_ = reader.get_bool("error_retryable", false);
  lost_file_ = reader.get_string("lost_file", "");
}

std::string ScriptedModel::identity_json() const {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("name", json::string("scripted", allocator), allocator);
  document.AddMember("kind", "scripted", allocator);
  document.AddMember("source", json::string(path_, allocator), allocator);
  json::Value file(rapidjson::kObjectType);
  file.AddMember("path", json::string(path_, allocator), allocator);
  file.AddMember("sha256", json::string(sha256_, allocator), allocator);
  json::Value files(rapidjson::kArrayType);
  files.PushBack(file, allocator);
  document.AddMember("files", files, allocator);
  return json::dump(document);
}

std::string ScriptedModel::device_json() const {
  return R"({"backend":"scripted","name":"a script","path":"","threads":1,"count":1})";
}

ModelCapabilities ScriptedModel::capabilities() const {
  ModelCapabilities capabilities;
  capabilities.scoring = true;
  capabilities.deterministic = true;
  capabilities.max_in_flight = max_in_flight_;
  return capabilities;
}

void ScriptedModel::submit(ModelRequest request) {
  Waiting waiting;
  waiting.submitted = monotonic_seconds();
  const std::uint64_t digest = hash64(prompt_text(request) + std::to_string(request.sampling.seed));
  waiting.ready = waiting.submitted + delay_seconds_ * (0.5 + static_cast<double>(digest % 1000) / 1000.0);
  waiting.request = std::move(request);
  waiting_.push_back(std::move(waiting));
}

void ScriptedModel::cancel(RequestId id) {
  for (Waiting& waiting : waiting_) {
    if (waiting.request.id == id) {
      waiting.cancelled = true;
      waiting.ready = 0.0;
    }
  }
}

Completion ScriptedModel::answer(const Waiting& waiting) const {
  const ModelRequest& request = waiting.request;
  Completion completion;
  completion.prompt = prompt_text(request);
  const std::string identity = completion.prompt + std::to_string(request.sampling.seed);
  const std::uint64_t digest = hash64(identity);
  completion.usage.input_tokens = count_words(completion.prompt);
  completion.total_seconds = monotonic_seconds() - waiting.submitted;
  completion.first_token_seconds = completion.total_seconds;
  if (waiting.cancelled) {
    completion.finish_reason = FinishReason::cancelled;
    return completion;
  }
  const auto attempts = attempts_.find(identity);
  const bool first_attempt = attempts == attempts_.end() || attempts->second <= 1;
  if (error_every_ != 0 && digest % error_every_ == 0 && (first_attempt || !error_retryable_)) {
    completion.finish_reason = FinishReason::error;
    completion.error = "the script says that this request fails";
    completion.retryable = error_retryable_;
    return completion;
  }
  for (std::size_t i = 0; i < request.continuations.size(); ++i) {
    const std::uint64_t value = hash64(identity + request.continuations[i]);
    completion.scores.push_back({-static_cast<double>(value % 10000) / 100.0, value % 2 == 0, 1});
  }
  if (!request.continuations.empty()) return completion;

  completion.text = default_reply_;
  for (const auto& [part, reply] : replies_) {
    if (completion.prompt.find(part) != std::string::npos) {
      completion.text = reply;
      break;
    }
  }
  const std::string mark = "{hash}";
  if (const std::size_t at = completion.text.find(mark); at != std::string::npos) {
    completion.text.replace(at, mark.size(), std::to_string(digest % 100));
  }
  completion.answer = completion.text;
  if (const std::size_t end = completion.text.find("</think>"); end != std::string::npos) {
    completion.thinking = completion.text.substr(0, end);
    completion.answer = completion.text.substr(end + 8);
  } else if (completion.text.starts_with("<think>")) {
    completion.thinking = completion.text;
    completion.answer.clear();
    completion.truncated = true;
    completion.finish_reason = FinishReason::length;
  }
  completion.usage.output_tokens = count_words(completion.text);
  completion.usage.answer_tokens = count_words(completion.answer);
  completion.usage.reasoning_tokens = completion.usage.output_tokens - completion.usage.answer_tokens;
  return completion;
}

std::vector<ModelEvent> ScriptedModel::poll(double timeout_seconds) {
  std::vector<ModelEvent> events;
  const double started = monotonic_seconds();
  if (!lost_file_.empty() && std::filesystem::exists(lost_file_) &&
      counters_.steps >= std::strtoll(read_file(lost_file_).c_str(), nullptr, 10))
    fail_evaluation("the script says that the device is lost after {} replies", counters_.steps);
  while (!waiting_.empty()) {
    const auto next = std::min_element(waiting_.begin(), waiting_.end(),
                                       [](const Waiting& a, const Waiting& b) { return a.ready < b.ready; });
    const double now = monotonic_seconds();
    if (next->ready > now) {
      if (!events.empty()) break;
      const double wait = std::min(next->ready - now, started + timeout_seconds - now);
      if (wait <= 0.0) break;
      std::this_thread::sleep_for(std::chrono::duration<double>(wait));
      continue;
    }
    ++attempts_[prompt_text(next->request) + std::to_string(next->request.sampling.seed)];
    ModelEvent event;
    event.id = next->request.id;
    event.completion = answer(*next);
    counters_.prefill_tokens += event.completion.usage.input_tokens;
    counters_.decode_tokens += event.completion.usage.output_tokens;
    counters_.busy_seconds += event.completion.total_seconds;
    ++counters_.steps;
    events.push_back(std::move(event));
    waiting_.erase(next);
  }
  return events;
}

}  // namespace reckon::harness
