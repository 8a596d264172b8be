#pragma once
// What only all answers to a question together show: metrics of filters that merge repeats, and which answers
// are equal.

#include <string>
#include <vector>

#include "harness/run_settings.h"

namespace reckon::harness {

/// Writes `run_directory`/joint/<task>.jsonl for every task with more than one repeat, from its records: one
/// line a document, {"doc_id", "answer_classes": [0, 0, 1, -1], "metrics": {"exact_match,maj@8": 1.0}}.
/// Answers of one class are equal, by the suite's grader in both orders (connected components, without the
/// gold answer); -1 does not vote. Documents with a repeat still missing have no line.
void write_joint_grades(const RunSettings& settings, const std::string& run_directory);

}  // namespace reckon::harness
