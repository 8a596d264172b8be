#pragma once
// Which questions of two runs are the same, and their scores side by side.

#include <string>
#include <vector>

#include "reports/run_data.h"
#include "reports/scores.h"
#include "reports/statistics/comparison_test.h"

namespace reckon::reports {

struct Pairing {
  std::vector<PairedScore> pairs;
  bool binary = true;
  /// Empty, or what shows that the questions are not the same: "doc_hash of document 3".
  std::string mismatch;
};

/// Pairs by doc_id. Documents with another hash or another target are no pair; the first one is named.
Pairing pair_questions(const TaskData& older, const TaskData& newer, const TaskScores& old_scores,
                       const TaskScores& new_scores);

}  // namespace reckon::reports
