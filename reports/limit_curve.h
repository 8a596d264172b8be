#pragma once
// What the score would have been at smaller token limits, from one run.

#include <cstdint>
#include <span>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

/// Hard truncation: a reply longer than `limit` counts as cut off, and so as wrong. Not to be compared with
/// --max_thinking_tokens, which lets the model answer.
struct LimitPoint {
  std::int64_t limit = 0;  ///< output tokens, thinking included
  std::int64_t graded = 0;
  std::int64_t correct = 0;
  std::int64_t truncated = 0;
};

/// At the length of every reply, between which the score cannot change, and at 16, 32, 64 ... up to the first
/// power of two that holds every reply. Of more than 128 different lengths evenly chosen ones, the longest
/// among them. Empty where no graded sample has an answer that is right or wrong, or none counts its tokens.
std::vector<LimitPoint> limit_curve(std::span<const TaskData> tasks);

}  // namespace reckon::reports
