#include "suites/extraction/extraction.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/extraction/extraction_rules.h"

namespace reckon::suites {
namespace {

using Maker = std::unique_ptr<ExtractionRule> (*)(const json::Value&, const std::string&);

struct Entry {
  const char* name;
  Maker make;
};

constexpr Entry kRules[] = {
    {"last_boxed", make_last_boxed},
    {"last_math", make_last_math},
    {"after_hashes", make_after_hashes},
    {"the_answer_is", make_the_answer_is},
    {"final_line", make_final_line},
    {"last_number", make_last_number},
    {"choice_letter", make_choice_letter},
    {"regex", make_regex_rule},
    {"json_field", make_json_field},
    {"code_block", make_code_block},
    {"whole", make_whole},
};

}  // namespace

std::vector<std::string> extraction_rule_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kRules) {
    names.emplace_back(entry.name);
  }
  return names;
}

std::unique_ptr<ExtractionRule> make_extraction_rule(const std::string& name, const json::Value& options,
                                                     const std::string& where) {
  for (const Entry& entry : kRules) {
    if (name == entry.name) {
      return entry.make(options, fmt::format("{}: extraction rule '{}'", where, name));
    }
  }
  const std::vector<std::string> known = extraction_rule_names();
  fail_input("{}: unknown extraction rule '{}'{}; known: {}", where, name, did_you_mean(name, known),
             fmt::join(known, ", "));
}

Extractor::Extractor(const json::Value& rules, const std::string& where) {
  if (!rules.IsArray() && !rules.IsString()) {
    fail_input("{}: `extraction` must be a list of rules", where);
  }
  const json::Value none;
  const auto add_rule = [&](const json::Value& rule) {
    if (rule.IsString()) {
      add(make_extraction_rule({rule.GetString(), rule.GetStringLength()}, none, where));
    } else if (rule.IsObject() && rule.MemberCount() == 1) {
      const auto member = rule.MemberBegin();
      add(make_extraction_rule({member->name.GetString(), member->name.GetStringLength()}, member->value,
                               where));
    } else {
      fail_input("{}: an extraction rule is a name, or a name with its options: {{regex: {{pattern: ...}}}}",
                 where);
    }
  };
  if (rules.IsString()) {
    add_rule(rules);
    return;
  }
  for (const json::Value& rule : rules.GetArray()) {
    add_rule(rule);
  }
  if (rules_.empty()) {
    fail_input("{}: `extraction` holds no rule; `[whole]` takes the whole reply", where);
  }
}

std::string extraction_failure(std::string_view limit) {
  return fmt::format("extraction failed (limit): {}", limit);
}

void Extractor::add(std::unique_ptr<ExtractionRule> rule) { rules_.push_back(std::move(rule)); }

Extraction Extractor::extract(std::string_view text) const {
  Extraction result;
  for (const std::unique_ptr<ExtractionRule>& rule : rules_) {
    std::string limit;
    std::optional<std::string> answer = rule->apply(text, limit);
    if (!limit.empty()) {
      result.failure = extraction_failure(limit);
      break;
    }
    if (answer) {
      result.found = true;
      result.answer = std::move(*answer);
      result.rule = rule->name();
      break;
    }
  }
  return result;
}

}  // namespace reckon::suites
