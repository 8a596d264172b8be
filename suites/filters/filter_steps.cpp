#include "suites/filters/filter_steps.h"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/option_reader.h"
#include "suites/filters/choice_regex_step.h"
#include "suites/prompts/python_values.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

class RegexStep : public ReplyStep {
 public:
  explicit RegexStep(const OptionReader& reader) : options_(reader) {}

  void apply_one(Extraction& reply, const json::Value&) const override {
    const RegexFind find = find_selected(options_.regex, reply.answer, options_.select);
    // One group gives what it holds, even nothing; of several that hold nothing there is no answer.
    const bool empty_is_answer = find.text && find.text->empty() && options_.regex.group_count() <= 1;
    set_answer(reply, find.text.value_or(""), "regex", empty_is_answer ? "" : options_.fallback,
               find.limit_hit ? &options_.regex : nullptr);
    reply.found = reply.found || empty_is_answer;
    reply.rule = reply.found ? "regex" : "";
  }

 private:
  PatternOptions options_;
};

class TextStep : public ReplyStep {
 public:
  using Function = std::string (*)(std::string_view);
  explicit TextStep(Function function) : function_(function) {}
  void apply_one(Extraction& reply, const json::Value&) const override {
    reply.answer = function_(reply.answer);
  }

 private:
  Function function_;
};

class MapStep : public ReplyStep {
 public:
  explicit MapStep(const OptionReader& reader) : default_(reader.get_string("default_value", "")) {
    const json::Value* mapping = reader.find("mapping_dict");
    if (mapping == nullptr || !mapping->IsObject()) {
      fail_input("{}: 'mapping_dict' must be a mapping", reader.where());
    }
    for (const auto& member : mapping->GetObject()) {
      mapping_[{member.name.GetString(), member.name.GetStringLength()}] = python_text(member.value);
    }
  }
  void apply_one(Extraction& reply, const json::Value&) const override {
    const auto found = mapping_.find(reply.answer);
    reply.found = reply.found && found != mapping_.end();
    reply.answer = found == mapping_.end() ? default_ : found->second;
  }

 private:
  std::map<std::string, std::string> mapping_;
  std::string default_;
};

class TakeFirst : public FilterStep {
 public:
  void apply(std::vector<Extraction>& replies, const json::Value&) const override { replies.resize(1); }
};

class TakeFirstK : public FilterStep {
 public:
  explicit TakeFirstK(const OptionReader& reader)
      : k_(static_cast<std::size_t>(reader.get_int("k", 1, 1'000'000, 1))), where_(reader.where()) {
    if (reader.find("k") == nullptr) {
      fail_input("{}: 'k' is missing: how many replies are taken", where_);
    }
  }
  void apply(std::vector<Extraction>& replies, const json::Value&) const override {
    if (replies.size() < k_) {
      fail_input("{}: {} replies to a document are needed, but there are {}; raise `repeats` or --repeats",
                 where_, k_, replies.size());
    }
    replies.resize(k_);
  }
  bool needs_all_repeats() const override { return true; }

 private:
  std::size_t k_;
  std::string where_;
};

/// The most frequent text; of several the one that came first.
class MajorityVote : public FilterStep {
 public:
  void apply(std::vector<Extraction>& replies, const json::Value&) const override {
    std::map<std::string, std::size_t> votes;
    for (const Extraction& reply : replies) ++votes[reply.answer];
    const auto winner = std::max_element(
        replies.begin(), replies.end(),
        [&](const Extraction& a, const Extraction& b) { return votes[a.answer] < votes[b.answer]; });
    std::iter_swap(replies.begin(), winner);
    replies.resize(1);
  }
  bool needs_all_repeats() const override { return true; }
};

std::vector<std::string> choices_field(const json::Value& doc) {
  const auto choices = doc.FindMember("choices");
  if (choices == doc.MemberEnd() || !choices->value.IsArray()) {
    fail_input("the filter multi_choice_regex needs a list 'choices' in each document");
  }
  std::vector<std::string> texts;
  for (const json::Value& choice : choices->value.GetArray()) texts.push_back(python_text(choice));
  return texts;
}

const std::vector<std::string> kFunctions = {
    "regex",     "multi_choice_regex", "take_first", "take_first_k", "majority_vote", "remove_whitespace",
    "lowercase", "uppercase",          "map",        "custom"};

}  // namespace

RegexFind find_selected(const Regex& regex, std::string_view text, std::int64_t select) {
  RegexFind find;
  const std::size_t needed = select >= 0 ? static_cast<std::size_t>(select) + 1 : std::string_view::npos;
  const Regex::Matches matches = regex.find_all(text, needed);
  if (matches.outcome == Regex::Outcome::limit && (select < 0 || matches.all.size() < needed)) {
    find.limit_hit = true;
    return find;
  }
  const auto count = static_cast<std::int64_t>(matches.all.size());
  const std::int64_t chosen = select >= 0 ? select : count + select;
  if (chosen < 0 || chosen >= count) {
    return find;
  }
  const RegexMatch& match = matches.all[static_cast<std::size_t>(chosen)];
  find.text = "";
  for (std::size_t group = match.groups.size() > 1 ? 1 : 0; group < match.groups.size(); ++group) {
    if (const std::string_view held = match.text(text, group); !held.empty()) {
      find.text = std::string(trim(held));
      break;
    }
  }
  return find;
}

void set_answer(Extraction& reply, const std::string& answer, const char* rule, const std::string& fallback,
                const Regex* given_up) {
  reply.found = !answer.empty();
  reply.rule = reply.found ? rule : "";
  reply.answer = reply.found ? answer : fallback;
  if (!reply.found && given_up != nullptr) {
    reply.failure = extraction_failure(given_up->limit_message());
  }
}

std::unique_ptr<FilterStep> make_filter_step(const json::Value& step, const std::string& where,
                                             const CustomStep& custom) {
  if (!step.IsObject() || !step.HasMember("function")) {
    fail_input("{}: an item of `filter` needs `function:` with a name", where);
  }
  if (!step["function"].IsString()) {
    return custom(step, where);
  }
  const std::string function(step["function"].GetString(), step["function"].GetStringLength());
  const std::string place = fmt::format("{}: filter function '{}'", where, function);
  if (function == "custom") {
    return custom(step, place);
  }
  if (function == "regex") {
    return std::make_unique<RegexStep>(
        OptionReader(step, place, {"function", "regex_pattern", "group_select", "fallback"}));
  }
  if (function == "multi_choice_regex") {
    return make_choice_regex_step(step, place, choices_field);
  }
  if (function == "map") {
    return std::make_unique<MapStep>(
        OptionReader(step, place, {"function", "mapping_dict", "default_value"}));
  }
  if (function == "take_first_k") {
    return std::make_unique<TakeFirstK>(OptionReader(step, place, {"function", "k"}));
  }
  if (std::find(kFunctions.begin(), kFunctions.end(), function) == kFunctions.end()) {
    fail_input("{} is not supported{}; supported are: {}; `reckon: extraction` has more rules", place,
               did_you_mean(function, kFunctions), fmt::join(kFunctions, ", "));
  }
  const OptionReader none(step, place, {"function"});
  if (function == "majority_vote") return std::make_unique<MajorityVote>();
  if (function == "take_first") return std::make_unique<TakeFirst>();
  if (function == "lowercase") return std::make_unique<TextStep>(lower_case);
  if (function == "uppercase") return std::make_unique<TextStep>(upper_case);
  return std::make_unique<TextStep>([](std::string_view text) { return std::string(trim(text)); });
}

}  // namespace reckon::suites
