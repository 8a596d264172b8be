#pragma once
// Finding the final answer in the text of a reply: rules tried in order, the first that finds something wins.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

struct Extraction {
  bool found = false;
  std::string answer;
  std::string rule;  ///< name of the rule that fired
  /// "extraction failed (limit): ..." when a rule gave up at a limit: whether it would have fired is not
  /// known, so no later rule is tried and nothing is graded; "" normally.
  std::string failure;
};

class ExtractionRule {
 public:
  virtual ~ExtractionRule() = default;
  /// nullopt: this rule does not fire on `text` (valid UTF-8), or it gave up at a limit, which `limit` then
  /// describes.
  virtual std::optional<std::string> apply(std::string_view text, std::string& limit) const = 0;
  virtual std::string name() const = 0;
};

/// The rules of a suite file, e.g. [last_boxed, after_hashes, {regex: {pattern: ..., group: 1, select:
/// last}}].
class Extractor {
 public:
  /// `rules` is an array of names and one-key objects {name: options}. Errors: unknown rule or option
  /// (nearest named), a pattern that does not compile.
  Extractor(const json::Value& rules, const std::string& where);
  Extractor() = default;  ///< no rules: finds nothing
  void add(std::unique_ptr<ExtractionRule> rule);

  Extraction extract(std::string_view text) const;
  bool empty() const { return rules_.empty(); }

 private:
  std::vector<std::unique_ptr<ExtractionRule>> rules_;
};

/// "extraction failed (limit): <limit>".
std::string extraction_failure(std::string_view limit);

std::unique_ptr<ExtractionRule> make_extraction_rule(const std::string& name, const json::Value& options,
                                                     const std::string& where);
std::vector<std::string> extraction_rule_names();

}  // namespace reckon::suites
