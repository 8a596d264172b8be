#include "reports/limit_curve.h"

#include <algorithm>

namespace reckon::reports {

std::vector<LimitPoint> limit_curve(const TaskData& task) {
  std::int64_t longest = 0;
  for (const SampleRecord& record : task.records) {
    if (record.graded && record.correct) longest = std::max(longest, record.usage.output);
  }
  std::vector<LimitPoint> curve;
  if (longest == 0) return curve;
  constexpr std::int64_t kFirstLimit = 16;
  for (std::int64_t limit = kFirstLimit;; limit *= 2) {
    LimitPoint point;
    point.limit = limit;
    for (const SampleRecord& record : task.records) {
      if (!record.graded || !record.correct) continue;
      const bool cut = record.truncated || record.usage.output > limit;
      ++point.graded;
      point.truncated += cut ? 1 : 0;
      point.correct += !cut && *record.correct ? 1 : 0;
    }
    curve.push_back(point);
    if (limit >= longest) return curve;
  }
}

}  // namespace reckon::reports
