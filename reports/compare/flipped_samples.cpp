#include <algorithm>
#include <cmath>
#include <map>

#include "reports/compare/compare.h"

namespace reckon::reports {
namespace {

struct Question {
  std::vector<const SampleRecord*> graded;
  double share() const {
    double right = 0;
    for (const SampleRecord* record : graded) right += *record->correct ? 1 : 0;
    return right / static_cast<double>(graded.size());
  }
  const SampleRecord* first(bool correct) const {
    for (const SampleRecord* record : graded) {
      if (*record->correct == correct) return record;
    }
    return graded.front();
  }
};

std::map<std::int64_t, Question> questions_of(const TaskData& task) {
  std::map<std::int64_t, Question> questions;
  for (const SampleRecord& record : task.records) {
    if (record.graded && record.correct) questions[record.doc_id].graded.push_back(&record);
  }
  return questions;
}

}  // namespace

std::vector<FlippedSample> flipped_samples(const RunData& older, const RunData& newer) {
  std::vector<FlippedSample> flips;
  for (const TaskData& old_task : older.tasks) {
    const auto same = std::find_if(newer.tasks.begin(), newer.tasks.end(),
                                   [&](const TaskData& task) { return task.name == old_task.name; });
    if (same == newer.tasks.end()) continue;
    const auto new_questions = questions_of(*same);
    for (const auto& [doc_id, before] : questions_of(old_task)) {
      const auto found = new_questions.find(doc_id);
      if (found == new_questions.end()) continue;
      const Question& after = found->second;
      if (before.graded.front()->doc_hash != after.graded.front()->doc_hash) continue;
      const double change = after.share() - before.share();
      if (change == 0) continue;
      flips.push_back({old_task.name, doc_id, before.share(), after.share(), before.first(change < 0),
                       after.first(change > 0)});
    }
  }
  std::stable_sort(flips.begin(), flips.end(), [](const FlippedSample& a, const FlippedSample& b) {
    return a.new_share - a.old_share < b.new_share - b.old_share;
  });
  // Losses stand first, largest first; wins follow, largest first too.
  const auto wins = std::stable_partition(
      flips.begin(), flips.end(), [](const FlippedSample& flip) { return flip.new_share < flip.old_share; });
  std::stable_sort(wins, flips.end(), [](const FlippedSample& a, const FlippedSample& b) {
    return a.new_share - a.old_share > b.new_share - b.old_share;
  });
  return flips;
}

}  // namespace reckon::reports
