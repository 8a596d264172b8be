#include "reports/limit_curve.h"

#include <algorithm>
#include <vector>

namespace reckon::reports {
namespace {

constexpr std::size_t kMostLengths = 128;

/// A sample that is right or wrong: what a score is made of.
struct Reply {
  std::int64_t tokens = 0;
  bool cut = false;  ///< already, by the run's own limit
  bool correct = false;
};

std::vector<Reply> judged_replies(std::span<const TaskData> tasks) {
  std::vector<Reply> replies;
  for (const TaskData& task : tasks) {
    for (const SampleRecord& record : task.records) {
      if (record.graded && record.correct)
        replies.push_back({record.usage.output, record.truncated, *record.correct});
    }
  }
  std::sort(replies.begin(), replies.end(),
            [](const Reply& a, const Reply& b) { return a.tokens < b.tokens; });
  return replies;
}

/// The score changes at the lengths of replies and nowhere else; the powers of two are what people ask for.
std::vector<std::int64_t> limits_of(const std::vector<Reply>& replies) {
  std::vector<std::int64_t> lengths;
  for (const Reply& reply : replies) {
    if (reply.tokens > 0 && (lengths.empty() || lengths.back() != reply.tokens))
      lengths.push_back(reply.tokens);
  }
  std::vector<std::int64_t> limits;
  const std::size_t step = (lengths.size() + kMostLengths - 1) / kMostLengths;
  // From the last one down, so that the score of the whole run is among them.
  for (std::size_t i = 0; i < lengths.size(); i += step) limits.push_back(lengths[lengths.size() - 1 - i]);
  for (std::int64_t power = 16; !lengths.empty() && power / 2 < std::max<std::int64_t>(lengths.back(), 16);
       power *= 2)
    limits.push_back(power);
  std::sort(limits.begin(), limits.end());
  limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
  return limits;
}

}  // namespace

std::vector<LimitPoint> limit_curve(std::span<const TaskData> tasks) {
  const std::vector<Reply> replies = judged_replies(tasks);
  std::vector<LimitPoint> curve;
  LimitPoint point;
  point.graded = static_cast<std::int64_t>(replies.size());
  std::size_t within = 0;
  std::int64_t whole = 0;  // replies within the limit that were not cut off before
  for (const std::int64_t limit : limits_of(replies)) {
    for (; within < replies.size() && replies[within].tokens <= limit; ++within) {
      if (replies[within].cut) continue;
      ++whole;
      point.correct += replies[within].correct ? 1 : 0;
    }
    point.limit = limit;
    point.truncated = point.graded - whole;
    curve.push_back(point);
  }
  return curve;
}

}  // namespace reckon::reports
