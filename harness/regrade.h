#pragma once
// Grades the records of a run directory again.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "suites/task.h"

namespace reckon::harness {

/// One record whose verdict is no longer what it was.
struct ChangedVerdict {
  std::string task;
  std::int64_t doc_id = 0;
  int repeat = 0;
  std::string target;
  suites::Verdict was;
  suites::Verdict now;
};

/// What grading one task again came to. A verdict has changed when right became wrong or wrong right;
/// `other_grounds` counts those that stayed with another extracted answer or other evidence.
struct RegradedTask {
  std::string task;
  std::int64_t graded = 0;  ///< records that had a verdict and have one again
  std::int64_t were_correct = 0;
  std::int64_t are_correct = 0;
  std::int64_t were_not_decided = 0;
  std::int64_t are_not_decided = 0;
  std::int64_t other_grounds = 0;
  std::int64_t first_verdicts = 0;  ///< answers that had none yet (--predict-only, a grader that had failed)
  std::int64_t first_correct = 0;   ///< of these, right
  std::int64_t left = 0;            ///< verdicts from log-probabilities that cannot be made again
  std::int64_t failed = 0;          ///< the grader gave up: no verdict now
  std::string first_failure;
  std::vector<ChangedVerdict> changed;
};

/// Grades each answer of samples/<task>.jsonl below `run_directory`; suites that run code on all processors.
/// Questions and gold answers are made from the row that the record holds, so no dataset is needed (where one
/// is there and its row is the record's, numbers that JSON cannot hold come from it). `take_line`, when
/// given, gets every whole line in order with its new verdict in it; records without an answer come as they
/// are. Errors name file and line; a gold answer that is now another than the record's is one.
RegradedTask regrade(const std::string& run_directory, const suites::Task& task,
                     const std::function<void(const std::string& line)>& take_line);

}  // namespace reckon::harness
