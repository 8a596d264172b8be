#include "suites/filters/answer_filter.h"

#include <algorithm>

#include "base/error.h"
#include "suites/config/option_reader.h"

namespace reckon::suites {
namespace {

Extraction whole(std::string_view reply) {
  Extraction extraction;
  extraction.found = true;
  extraction.answer = std::string(reply);
  extraction.rule = "whole";
  return extraction;
}

Extraction first_of(std::vector<Extraction> replies) {
  Extraction first = std::move(replies.front());
  if (!first.found) first.rule.clear();
  return first;
}

}  // namespace

AnswerFilter::AnswerFilter(std::string name, Extractor extractor)
    : name_(std::move(name)), extractor_(std::move(extractor)) {}

AnswerFilter::AnswerFilter(const json::Value& entry, const std::string& where, const CustomStep& custom) {
  const OptionReader reader(entry, where, {"name", "filter"});
  name_ = reader.get_string("name", "none");
  const json::Value* steps = reader.find("filter");
  if (steps == nullptr || !steps->IsArray()) {
    fail_input("{}: the filter '{}' needs `filter:` with a list of functions", where, name_);
  }
  for (const json::Value& step : steps->GetArray()) {
    steps_.push_back(make_filter_step(step, where, custom));
  }
}

bool AnswerFilter::needs_all_repeats() const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const auto& step) { return step->needs_all_repeats(); });
}

Extraction AnswerFilter::apply(std::string_view reply, const json::Value& doc) const {
  if (!extractor_.empty()) {
    return extractor_.extract(reply);
  }
  std::vector<Extraction> replies = {whole(reply)};
  for (const std::unique_ptr<FilterStep>& step : steps_) {
    if (!step->needs_all_repeats()) step->apply(replies, doc);
  }
  return first_of(std::move(replies));
}

Extraction AnswerFilter::apply_all(std::span<const std::string> replies, const json::Value& doc) const {
  if (replies.empty()) {
    fail_evaluation("the filter '{}' was given no reply", name_);
  }
  if (!extractor_.empty()) {
    return extractor_.extract(replies.front());
  }
  std::vector<Extraction> results;
  for (const std::string& reply : replies) results.push_back(whole(reply));
  for (const std::unique_ptr<FilterStep>& step : steps_) step->apply(results, doc);
  return first_of(std::move(results));
}

}  // namespace reckon::suites
