#pragma once
// A named way from replies to the text that is graded: one entry of `filter_list`, or `reckon: extraction`.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "suites/extraction/extraction.h"
#include "suites/filters/filter_steps.h"

namespace reckon::suites {

class AnswerFilter {
 public:
  /// Hands the whole reply on, as lm-evaluation-harness does without a filter_list.
  AnswerFilter() = default;
  /// From `reckon: extraction`.
  AnswerFilter(std::string name, Extractor extractor);
  /// From one entry of `filter_list`. Errors: those of make_filter_step().
  AnswerFilter(const json::Value& entry, const std::string& where, const CustomStep& custom);

  const std::string& name() const { return name_; }
  /// Whether a step merges the repeats of a document (majority_vote, take_first_k).
  bool needs_all_repeats() const;
  /// Of one reply, with such steps left out. `found` is false where nothing was found; `answer` is then what
  /// is graded all the same ("[invalid]", as lm-evaluation-harness has it, or "").
  Extraction apply(std::string_view reply, const json::Value& doc) const;
  /// Of all replies to a document, in the order of the repeats: what lm-evaluation-harness grades.
  Extraction apply_all(std::span<const std::string> replies, const json::Value& doc) const;

 private:
  std::string name_ = "none";
  Extractor extractor_;
  std::vector<std::unique_ptr<FilterStep>> steps_;
};

}  // namespace reckon::suites
