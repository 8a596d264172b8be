#pragma once
// A named way from a reply to the text that is graded: one entry of `filter_list`, or `reckon: extraction`.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "suites/extraction/extraction.h"

namespace reckon::suites {

/// One function of a `filter_list` entry.
class FilterStep {
 public:
  virtual ~FilterStep() = default;
  /// Changes `extraction.answer` (what the step before left); sets `rule` when the step is one that finds
  /// answers.
  virtual void apply(Extraction& extraction) const = 0;
};

class AnswerFilter {
 public:
  /// Hands the whole reply on, as lm-evaluation-harness does without a filter_list.
  AnswerFilter() = default;
  /// From `reckon: extraction`.
  AnswerFilter(std::string name, Extractor extractor);
  /// From one entry of `filter_list`. Functions: regex (regex_pattern, group_select, fallback), take_first,
  /// remove_whitespace, lowercase, uppercase, map (mapping_dict, default_value). Errors: any other one, with
  /// those named.
  AnswerFilter(const json::Value& entry, const std::string& where);

  const std::string& name() const { return name_; }
  /// `found` is false where nothing was found; `answer` is then what is graded all the same ("[invalid]", as
  /// lm-evaluation-harness has it, or "").
  Extraction apply(std::string_view reply) const;

 private:
  std::string name_ = "none";
  Extractor extractor_;
  std::vector<std::unique_ptr<FilterStep>> steps_;
};

}  // namespace reckon::suites
