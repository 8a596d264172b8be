#pragma once
// Graders compare an extracted answer with the gold one. They know nothing of models, prompts or files.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

struct Grade {
  bool correct = false;
  std::string why;  ///< one sentence: what was compared with what
  /// How the verdict is known (math::Evidence), or "not_decided" where a limit was hit; "" for graders that
  /// compare and nothing else. What is not decided counts as wrong and is listed apart.
  std::string evidence = "";
  /// Between 0 and 1 where an answer of several parts can be right in some of them (metric partial_credit).
  std::optional<double> credit = std::nullopt;
  std::string isolation = "";  ///< graders that run code: what held it
  /// Graders that run code: whether that code could have made this verdict itself.
  std::optional<bool> forgeable = std::nullopt;
};

class Grader {
 public:
  virtual ~Grader() = default;
  /// Both texts are untrusted and may be long; never throws for what they hold, and ends in time linear in
  /// their size (graders of numbers: up to a stated size, beyond which the texts are compared as text).
  virtual Grade grade(std::string_view gold, std::string_view answer) const = 0;
  /// Why no answer could ever be right against this gold answer, as the end of a sentence; "" when it is
  /// fine.
  virtual std::string complaint_about_gold(std::string_view /*gold*/) const { return ""; }
  /// The gold text is then the row of the dataset as JSON, and the answer is code that grade() runs.
  virtual bool wants_row() const { return false; }
  virtual std::string name() const = 0;
};

constexpr const char* kNotDecided = "not_decided";

/// Makes the grader that a suite file names, with its options (an object, or null). `where` starts error
/// messages. Errors: unknown grader or option, the nearest known one named.
std::unique_ptr<Grader> make_grader(const std::string& name, const json::Value& options,
                                    const std::string& where);
std::vector<std::string> grader_names();

}  // namespace reckon::suites
