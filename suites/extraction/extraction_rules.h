#pragma once
// The extraction rules, one maker each. `where` starts error messages about options.

#include <memory>
#include <string>

#include "base/json.h"
#include "suites/extraction/extraction.h"

namespace reckon::suites {

/// The last complete \boxed{...}.
std::unique_ptr<ExtractionRule> make_last_boxed(const json::Value& options, const std::string& where);
/// The mathematics that the reply ends with: what "final answer is" announces or the last box (several that
/// stand together as a list), whichever comes later; else what follows "answer"; else the last formula or
/// number. The order in which Math-Verify 0.9 looks. Options: targets ([latex, expr]: formulas, plain
/// numbers).
std::unique_ptr<ExtractionRule> make_last_math(const json::Value& options, const std::string& where);
/// What stands after the last "####" up to the end of its line.
std::unique_ptr<ExtractionRule> make_after_hashes(const json::Value& options, const std::string& where);
/// What follows the last "the answer is" (any case, with or without colon) or "Answer:" up to the end of the
/// sentence. Options: phrases (a list that replaces these two).
std::unique_ptr<ExtractionRule> make_the_answer_is(const json::Value& options, const std::string& where);
/// The last line that is not blank.
std::unique_ptr<ExtractionRule> make_final_line(const json::Value& options, const std::string& where);
/// The last number as written.
std::unique_ptr<ExtractionRule> make_last_number(const json::Value& options, const std::string& where);
/// The letter of a choice, in upper case: after "answer is", else in brackets or bold, else a lone letter;
/// the last of its kind. Options: letters (default "ABCDEFGHIJ").
std::unique_ptr<ExtractionRule> make_choice_letter(const json::Value& options, const std::string& where);
/// Options: pattern, group (number or name; default: 1 where the pattern has a group, else 0), select (first,
/// last; default last), ignore_case.
std::unique_ptr<ExtractionRule> make_regex_rule(const json::Value& options, const std::string& where);
/// A member of the last JSON object of the reply. Options: field ("answer", or a path "result.answer").
std::unique_ptr<ExtractionRule> make_json_field(const json::Value& options, const std::string& where);
/// The content of a fenced block (```). Options: language (any when absent), select (first, last; default
/// last).
std::unique_ptr<ExtractionRule> make_code_block(const json::Value& options, const std::string& where);
/// The whole reply without white space at its ends; does not fire on an empty reply.
std::unique_ptr<ExtractionRule> make_whole(const json::Value& options, const std::string& where);

}  // namespace reckon::suites
