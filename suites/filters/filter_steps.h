#pragma once
// The functions of a `filter_list` entry, as lm-evaluation-harness 0.4.13 has them.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "suites/extraction/extraction.h"
#include "suites/text/regex.h"

namespace reckon::suites {

/// One function of a `filter_list` entry.
class FilterStep {
 public:
  virtual ~FilterStep() = default;
  /// `replies`: what the steps before left of the replies to one document, in the order of the repeats; at
  /// least one, and at least one stays. `doc` is the document.
  virtual void apply(std::vector<Extraction>& replies, const json::Value& doc) const = 0;
  /// Merges or counts the repeats of a document: means nothing for one reply alone.
  virtual bool needs_all_repeats() const { return false; }
};

/// A step that looks at each reply by itself: changes `answer`, and sets `found` and `rule` when it is one
/// that finds answers.
class ReplyStep : public FilterStep {
 public:
  void apply(std::vector<Extraction>& replies, const json::Value& doc) const final {
    for (Extraction& reply : replies) {
      if (reply.failure.empty()) apply_one(reply, doc);
    }
  }
  virtual void apply_one(Extraction& reply, const json::Value& doc) const = 0;
};

/// Makes a step from `{function: !function utils.Name, ...}`, which is not the business of this folder.
using CustomStep =
    std::function<std::unique_ptr<FilterStep>(const json::Value& step, const std::string& where)>;

/// One item of `filter`: regex (regex_pattern, group_select, fallback), multi_choice_regex (these and
/// ignore_case, ignore_punctuation, regexes_to_ignore), take_first, take_first_k (k), majority_vote,
/// remove_whitespace, lowercase, uppercase, map (mapping_dict, default_value), custom (filter_fn).
/// Errors: any other one, with those named; an unknown option; a pattern that does not compile.
std::unique_ptr<FilterStep> make_filter_step(const json::Value& step, const std::string& where,
                                             const CustomStep& custom);

/// re.findall(text)[select] without white space at its ends; of a pattern with several groups the first one
/// that holds something. `limit_hit` is set when the pattern was given up before that match.
struct RegexFind {
  std::optional<std::string> text;  ///< nullopt: no such match
  bool limit_hit = false;
};
RegexFind find_selected(const Regex& regex, std::string_view text, std::int64_t select);

/// Marks `reply` as answered by `rule`, or, for an empty answer, as `fallback`; where
/// a pattern was given up at a limit, as a failure.
void set_answer(Extraction& reply, const std::string& answer, const char* rule, const std::string& fallback,
                const Regex* given_up);

}  // namespace reckon::suites
