#include "reports/compare/run_differences.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/json.h"

namespace reckon::reports {
namespace {

using Kind = RunDifference::Kind;

constexpr std::size_t kLongestValue = 120;

struct Rule {
  std::string_view prefix;   ///< of the path
  std::optional<Kind> kind;  ///< nothing: cannot change a score
};

// The first rule whose prefix matches decides. Paths below identity.tasks.<task>.
constexpr Rule kTaskRules[] = {
    {"config.metric_list", Kind::grader},
    {"config.filter_list", Kind::grader},
    {"config.doc_to_target", Kind::grader},
    {"config.doc_to_choice", Kind::grader},
    {"config.output_type", Kind::grader},
    {"config.process_results", Kind::grader},
    {"config.reckon.extraction", Kind::grader},
    {"config.reckon.grader", Kind::grader},
    {"config.reckon.policy", Kind::grader},
    {"policy", Kind::grader},
    {"grader", Kind::grader},
    {"metrics", Kind::grader},
    {"filters", Kind::grader},
    {"output_type", Kind::grader},
    {"config.doc_to_text", Kind::prompt},
    {"config.description", Kind::prompt},
    {"config.fewshot", Kind::prompt},
    {"config.num_fewshot", Kind::prompt},
    {"config.target_delimiter", Kind::prompt},
    {"config.gen_prefix", Kind::prompt},
    {"config.reckon.chat", Kind::prompt},
    {"config.reckon.description", Kind::prompt},
    {"config.reckon.fewshot", Kind::prompt},
    {"apply_chat_template", Kind::prompt},
    {"fewshot_as_multiturn", Kind::prompt},
    {"n_shot", Kind::prompt},
    {"generation.max_gen_toks", Kind::limits},
    {"generation", Kind::sampling},
    {"repeats", Kind::sampling},
    {"n_effective", Kind::limits},
    {"config.generation_kwargs", std::nullopt},  // resolved in `generation`
    {"config.repeats", std::nullopt},            // resolved in `repeats`
    {"config.dataset", std::nullopt},            // questions are compared one by one, by their hashes
    {"config.reckon.dataset", std::nullopt},
    {"config.reckon.hub", std::nullopt},
    {"config.reckon.advice", std::nullopt},
    {"config.reckon.summary", std::nullopt},
    {"config.task_alias", std::nullopt},
    {"config.tag", std::nullopt},
    {"config_text", std::nullopt},  // the same as `config`
    {"data_files", std::nullopt},
    {"alias", std::nullopt},
    {"n_original", std::nullopt},
};

// Paths below the whole of run.json.
constexpr Rule kRunRules[] = {
    {"identity.model", std::nullopt},
    {"model_config", std::nullopt},  // like the model itself: what is compared
    {"chat_template", std::nullopt},
    {"identity.tasks", std::nullopt},
    {"identity.sampling", std::nullopt},  // resolved in each task's `generation`
    {"identity.num_fewshot", std::nullopt},
    {"identity.apply_chat_template", std::nullopt},
    {"identity.gate", std::nullopt},
    {"identity.system_instruction", Kind::prompt},
    {"identity.seed", Kind::sampling},
    {"identity.limit", Kind::limits},
    {"policy", Kind::grader},
    {"identity", Kind::other},
    {"software", Kind::software},
};

std::string shortened(const json::Value* value) {
  if (value == nullptr) return "not set";
  std::string text =
      value->IsString() ? std::string(value->GetString(), value->GetStringLength()) : json::dump(*value);
  if (text.size() > kLongestValue) {
    std::size_t end = kLongestValue;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

class Walk {
 public:
  Walk(std::span<const Rule> rules, std::string task, std::vector<RunDifference>& found)
      : rules_(rules), task_(std::move(task)), found_(found) {}

  // Objects are walked member by member, so that the field named is the one that differs.
  void compare(const json::Value* a, const json::Value* b, const std::string& path) {
    if (a != nullptr && b != nullptr && *a == *b) return;
    const bool both_objects = a != nullptr && b != nullptr && a->IsObject() && b->IsObject();
    if (!both_objects) {
      note(a, b, path);
      return;
    }
    std::set<std::string> names;
    for (const json::Value* value : {a, b}) {
      for (const auto& member : value->GetObject())
        names.emplace(member.name.GetString(), member.name.GetStringLength());
    }
    const std::string above = path.empty() ? path : path + ".";
    for (const std::string& name : names) {
      std::string below = above;
      below += name;
      compare(member(*a, name), member(*b, name), below);
    }
  }

 private:
  static const json::Value* member(const json::Value& object, const std::string& name) {
    const auto found = object.FindMember(name.c_str());
    return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
  }

  void note(const json::Value* a, const json::Value* b, const std::string& path) {
    if (a == nullptr && b == nullptr) return;
    const auto rule =
        std::find_if(rules_.begin(), rules_.end(), [&](const Rule& r) { return path.starts_with(r.prefix); });
    const std::optional<Kind> kind = rule == rules_.end() ? std::optional(Kind::other) : rule->kind;
    if (kind) found_.push_back({*kind, task_, path, shortened(a), shortened(b)});
  }

  std::span<const Rule> rules_;
  std::string task_;
  std::vector<RunDifference>& found_;
};

json::Document parsed(const std::string& text) {
  json::Document document(rapidjson::kObjectType);
  if (!text.empty()) document = json::parse(text, "run.json");
  return document;
}

json::Document without(json::Document document, std::initializer_list<const char*> names) {
  for (const char* name : names) document.RemoveMember(name);
  return document;
}

}  // namespace

const char* name_of(RunDifference::Kind kind) {
  switch (kind) {
    case Kind::grader:
      return "grader";
    case Kind::prompt:
      return "prompt";
    case Kind::sampling:
      return "sampling";
    case Kind::limits:
      return "limits";
    case Kind::software:
      return "software";
    case Kind::other:
      break;
  }
  return "other";
}

std::string RunDifference::text() const {
  return fmt::format("{}: {} ({}) differs: '{}' and '{}'", task.empty() ? "run.json" : task, field,
                     name_of(kind), before, after);
}

std::vector<RunDifference> run_differences(const RunData& older, const RunData& newer) {
  std::vector<RunDifference> found;
  for (const TaskData& old_task : older.tasks) {
    const auto same = std::find_if(newer.tasks.begin(), newer.tasks.end(),
                                   [&](const TaskData& task) { return task.name == old_task.name; });
    if (same == newer.tasks.end()) continue;
    const json::Document before = parsed(old_task.identity_json);
    const json::Document after = parsed(same->identity_json);
    Walk(kTaskRules, old_task.name, found).compare(&before, &after, "");
  }
  // A run whose answers were graded again under a policy says so beside its identity.
  const auto policy_only = [](json::Document manifest) {
    const auto again = manifest.FindMember("graded_again");
    if (again == manifest.MemberEnd()) return manifest;
    std::string policy;
    if (again->value.IsObject())
      policy = json::ObjectReader(again->value, "graded_again").get_string("policy", "");
    manifest.RemoveMember("graded_again");
    json::Allocator& allocator = manifest.GetAllocator();
    if (!policy.empty()) manifest.AddMember("policy", json::string(policy, allocator), allocator);
    return manifest;
  };
  const auto top = {"model_display_name", "price", "device_count", "created", "command", "schema_version"};
  const json::Document before = policy_only(without(parsed(older.manifest_json), top));
  const json::Document after = policy_only(without(parsed(newer.manifest_json), top));
  Walk(kRunRules, "", found).compare(&before, &after, "");
  return found;
}

}  // namespace reckon::reports
