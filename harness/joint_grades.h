#pragma once
// What only all answers to a question together show: metrics of filters that merge repeats, and which answers
// are equal.

#include <string>

#include "suites/task.h"

namespace reckon::harness {

/// Writes `run_directory`/joint/<task>.jsonl from the records of a task that was answered `repeats` times:
/// one line a document, {"doc_id", "answer_classes": [0, 0, 1, -1], "metrics": {"exact_match,maj@8": 1.0}}.
/// Answers of one class are equal, by the suite's grader in both orders (connected components, without the
/// gold answer); -1 does not vote. Documents with a repeat still missing have no line. Nothing is written for
/// fewer than two repeats, or for a task that scores continuations.
void write_joint_grades(const suites::Task& task, int repeats, const std::string& run_directory);

}  // namespace reckon::harness
