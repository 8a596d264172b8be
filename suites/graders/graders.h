#pragma once
// The graders, one maker each. `where` starts error messages about options.

#include <memory>
#include <string>

#include "base/json.h"
#include "suites/graders/grader.h"

namespace reckon::suites {

/// Equal texts, as lm-evaluation-harness's exact_match: regexes_to_ignore are removed from both, then
/// ignore_case, ignore_punctuation (ASCII) and ignore_numbers apply. Nothing else is trimmed.
std::unique_ptr<Grader> make_exact_match(const json::Value& options, const std::string& where);
/// Equal numbers, exactly (see canonical_number()); units in words behind a number and "x =" before it are
/// passed over. Texts that are no numbers are equal when their trimmed lower-case forms are.
std::unique_ptr<Grader> make_numeric(const json::Value& options, const std::string& where);
/// Equal as mathematics, with evidence (suites/math). Options: policy (strict, math_verify, minerva; default
/// strict), gold_reading (number, list, tuple, interval: which reading of the gold counts), and of
/// math_verify precision, strict and allow_set_relation_comp.
std::unique_ptr<Grader> make_math(const json::Value& options, const std::string& where);
/// Equal sets of items, in any order. Options: separators (default [",", ";", "\n", " and "]), ignore_case
/// (true), pairs (true: "Ann is a knight", "Ann = knight" and "Ann: knight" are one item).
std::unique_ptr<Grader> make_string_set(const json::Value& options, const std::string& where);
/// Who is what, parsed person by person: "Ann is a knight, Bob and Cid are knaves", "Knights: Ann". Right
/// when every person of the gold answer is; its credit is the share of them. Options: values (default knight,
/// knave). Names are single words.
std::unique_ptr<Grader> make_assignment(const json::Value& options, const std::string& where);
/// What a program prints: white space at line ends and line breaks at the end are passed over, nothing else.
std::unique_ptr<Grader> make_program_output(const json::Value& options, const std::string& where);

}  // namespace reckon::suites
