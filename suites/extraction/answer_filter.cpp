#include "suites/extraction/answer_filter.h"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/option_reader.h"
#include "suites/prompts/python_values.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

/// re.findall, then the chosen match; of a pattern with groups the first group that took part and is not
/// empty.
class RegexStep : public FilterStep {
 public:
  explicit RegexStep(const OptionReader& reader)
      : regex_(reader.get_string("regex_pattern", R"(#### (\-?[0-9\.\,]+))"), reader.where()),
        select_(reader.get_int("group_select", -1'000'000, 1'000'000, 0)),
        fallback_(reader.get_string("fallback", "[invalid]")) {}

  void apply(Extraction& extraction) const override {
    const std::string text = std::move(extraction.answer);
    extraction.answer = fallback_;
    extraction.found = false;
    const std::size_t needed = select_ >= 0 ? static_cast<std::size_t>(select_) + 1 : std::string_view::npos;
    const Regex::Matches matches = regex_.find_all(text, needed);
    if (matches.outcome == Regex::Outcome::limit && (select_ < 0 || matches.all.size() < needed)) {
      extraction.failure = extraction_failure(regex_.limit_message());
      return;
    }
    const auto count = static_cast<std::int64_t>(matches.all.size());
    const std::int64_t chosen = select_ >= 0 ? select_ : count + select_;
    if (chosen < 0 || chosen >= count) {
      return;
    }
    const RegexMatch& match = matches.all[static_cast<std::size_t>(chosen)];
    const std::size_t first_group = match.groups.size() > 1 ? 1 : 0;
    for (std::size_t group = first_group; group < match.groups.size(); ++group) {
      const std::string_view found = match.text(text, group);
      // One group gives what it holds, even nothing; several give the first that holds something.
      if (!found.empty() || match.groups.size() <= 2) {
        extraction.answer = std::string(trim(found));
        extraction.found = true;
        extraction.rule = "regex";
        return;
      }
    }
  }

 private:
  Regex regex_;
  std::int64_t select_;
  std::string fallback_;
};

class TextStep : public FilterStep {
 public:
  using Function = std::string (*)(std::string_view);
  explicit TextStep(Function function) : function_(function) {}
  void apply(Extraction& extraction) const override { extraction.answer = function_(extraction.answer); }

 private:
  Function function_;
};

class MapStep : public FilterStep {
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
  void apply(Extraction& extraction) const override {
    const auto found = mapping_.find(extraction.answer);
    extraction.found = extraction.found && found != mapping_.end();
    extraction.answer = found == mapping_.end() ? default_ : found->second;
  }

 private:
  std::map<std::string, std::string> mapping_;
  std::string default_;
};

const std::vector<std::string> kFunctions = {"regex",     "take_first", "remove_whitespace",
                                             "lowercase", "uppercase",  "map"};

std::unique_ptr<FilterStep> make_step(const json::Value& step, const std::string& where) {
  if (!step.IsObject() || !step.HasMember("function") || !step["function"].IsString()) {
    fail_input("{}: an item of `filter` needs `function:` with a name", where);
  }
  const std::string function(step["function"].GetString(), step["function"].GetStringLength());
  const std::string place = fmt::format("{}: filter function '{}'", where, function);
  if (function == "regex") {
    return std::make_unique<RegexStep>(
        OptionReader(step, place, {"function", "regex_pattern", "group_select", "fallback"}));
  }
  if (function == "map") {
    return std::make_unique<MapStep>(
        OptionReader(step, place, {"function", "mapping_dict", "default_value"}));
  }
  if (function == "majority_vote" || function == "take_first_k") {
    fail_input(
        "{}: choosing among repeats is not done here: each repeat is graded, and majority voting (cons@k) is "
        "reported "
        "for every suite with `repeats`; leave the function out",
        place);
  }
  if (std::find(kFunctions.begin(), kFunctions.end(), function) == kFunctions.end()) {
    fail_input("{} is not supported{}; supported are: {}; `reckon: extraction` has more rules", place,
               did_you_mean(function, kFunctions), fmt::join(kFunctions, ", "));
  }
  const OptionReader none(step, place, {"function"});
  if (function == "remove_whitespace") {
    return std::make_unique<TextStep>([](std::string_view text) { return std::string(trim(text)); });
  }
  if (function == "lowercase") {
    return std::make_unique<TextStep>(lower_case);
  }
  if (function == "uppercase") {
    return std::make_unique<TextStep>(upper_case);
  }
  return nullptr;  // take_first: each repeat is graded by itself
}

}  // namespace

AnswerFilter::AnswerFilter(std::string name, Extractor extractor)
    : name_(std::move(name)), extractor_(std::move(extractor)) {}

AnswerFilter::AnswerFilter(const json::Value& entry, const std::string& where) {
  const OptionReader reader(entry, where, {"name", "filter"});
  name_ = reader.get_string("name", "none");
  const json::Value* steps = reader.find("filter");
  if (steps == nullptr || !steps->IsArray()) {
    fail_input("{}: the filter '{}' needs `filter:` with a list of functions", where, name_);
  }
  for (const json::Value& step : steps->GetArray()) {
    if (std::unique_ptr<FilterStep> made = make_step(step, where)) {
      steps_.push_back(std::move(made));
    }
  }
}

Extraction AnswerFilter::apply(std::string_view reply) const {
  if (!extractor_.empty()) {
    return extractor_.extract(reply);
  }
  Extraction result;
  result.found = true;
  result.answer = std::string(reply);
  result.rule = "whole";
  for (const std::unique_ptr<FilterStep>& step : steps_) {
    step->apply(result);
    if (!result.failure.empty()) {
      break;
    }
  }
  if (!result.found) {
    result.rule.clear();
  }
  return result;
}

}  // namespace reckon::suites
