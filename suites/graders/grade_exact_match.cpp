#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

class ExactMatch : public Grader {
 public:
  explicit ExactMatch(const OptionReader& reader)
      : ignore_case_(reader.get_bool("ignore_case", false)),
        ignore_punctuation_(reader.get_bool("ignore_punctuation", false)),
        ignore_numbers_(reader.get_bool("ignore_numbers", false)) {
    for (const std::string& pattern : reader.get_strings("regexes_to_ignore")) {
      ignored_.emplace_back(pattern, reader.where());
    }
  }

  Grade grade(std::string_view gold, std::string_view answer) const override {
    std::string limit;
    const std::string a = normal(gold, limit);
    const std::string b = normal(answer, limit);
    if (!limit.empty()) {
      return {false, fmt::format("not decided (limit): {}", limit), kNotDecided};
    }
    const bool equal = a == b;
    return {equal, fmt::format("'{}' {} '{}' as text", shortened(b), equal ? "equals" : "differs from",
                               shortened(a))};
  }
  std::string name() const override { return "exact_match"; }

 private:
  /// `limit` says so where a pattern gave up.
  std::string normal(std::string_view text, std::string& limit) const {
    std::string result = utf8::replace_invalid(text);
    for (const Regex& regex : ignored_) {
      std::optional<std::string> rest = regex.remove_all(result);
      if (!rest) {
        limit = regex.limit_message();
        return "";
      }
      result = std::move(*rest);
    }
    if (ignore_case_) {
      result = lower_case(result);
    }
    const auto dropped = [this](char c) {
      return (ignore_punctuation_ && is_punctuation(c)) || (ignore_numbers_ && c >= '0' && c <= '9');
    };
    result.erase(std::remove_if(result.begin(), result.end(), dropped), result.end());
    return result;
  }

  std::vector<Regex> ignored_;
  bool ignore_case_;
  bool ignore_punctuation_;
  bool ignore_numbers_;
};

}  // namespace

std::unique_ptr<Grader> make_exact_match(const json::Value& options, const std::string& where) {
  return std::make_unique<ExactMatch>(OptionReader(
      options, where, {"ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"}));
}

}  // namespace reckon::suites
