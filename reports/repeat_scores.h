#pragma once
// Scores that only repeated answers have: pass@k, pass^k, cons@k (rule R1).

#include <vector>

#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// For k = 2, 4, 8 ... and the number of repeats: questions with at least k graded samples count. Empty for
/// one answer a question. Votes of cons@k: samples whose answers the grader called equal are of one class
/// (joint/<task>.jsonl); without that file those whose extracted answers are the same text, or were both
/// judged correct; truncated samples and those without an answer do not vote. cons@k with k below the number
/// of samples is left out where its subsets would take long (`kMostVotes`).
std::vector<Score> repeat_scores(const TaskData& task);

inline constexpr double kMostVotes = 5e7;

}  // namespace reckon::reports
