#include "reports/limit_curve.h"

#include <algorithm>
#include <cmath>

namespace reckon::reports {
namespace {

// 16, 19, 23, 27, 32 ...
std::int64_t limit_at(int quarter) { return std::llround(16 * std::exp2(quarter / 4.0)); }

// Samples that are right or wrong: what a score is made of.
template <typename Visit>
void for_each_judged(std::span<const TaskData> tasks, Visit visit) {
  for (const TaskData& task : tasks) {
    for (const SampleRecord& record : task.records) {
      if (record.graded && record.correct) visit(record);
    }
  }
}

}  // namespace

std::vector<LimitPoint> limit_curve(std::span<const TaskData> tasks) {
  std::int64_t longest = 0;
  for_each_judged(tasks,
                  [&](const SampleRecord& record) { longest = std::max(longest, record.usage.output); });
  std::vector<LimitPoint> curve;
  if (longest == 0) return curve;
  for (int quarter = 0; quarter % 4 != 1 || limit_at(quarter - 1) < longest; ++quarter) {
    LimitPoint point;
    point.limit = limit_at(quarter);
    for_each_judged(tasks, [&](const SampleRecord& record) {
      const bool cut = record.truncated || record.usage.output > point.limit;
      ++point.graded;
      point.truncated += cut ? 1 : 0;
      point.correct += !cut && *record.correct ? 1 : 0;
    });
    curve.push_back(point);
  }
  return curve;
}

}  // namespace reckon::reports
