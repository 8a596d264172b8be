#include "reports/history/history.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/compare/compare.h"
#include "reports/format.h"
#include "reports/scores.h"
#include "reports/statistics/holm.h"

namespace reckon::reports {
namespace {

std::string label_of(const RunData& run) {
  std::filesystem::path path(run.directory);
  if (!path.has_filename()) path = path.parent_path();
  return fmt::format("{} ({})", run.display_name, path.filename().string());
}

// A change of questions or grader looks like a change of level and is none.
void note_breaks(const std::vector<const RunData*>& runs, std::vector<std::string>& warnings) {
  for (std::size_t i = 1; i < runs.size(); ++i) {
    for (const std::string& refusal : compare(*runs[i - 1], *runs[i]).refusals) {
      warnings.push_back(
          fmt::format("{} cannot be compared with the run before it: {}", label_of(*runs[i]), refusal));
    }
  }
}

std::string note_of(const SuiteHistory& suite, double alpha) {
  if (suite.points.size() < kLeastSeries) {
    return fmt::format("{} runs: a change of level is looked for from {} on", suite.points.size(),
                       kLeastSeries);
  }
  if (!suite.change) return "all values are equal";
  const ChangePoint& change = *suite.change;
  if (*suite.p_holm > alpha) {
    return fmt::format("no change of level is shown (p {:.3g} after Holm)", *suite.p_holm);
  }
  return fmt::format(
      "the level changed from {} to {} at run {}, {} (95 % interval: runs {} to {}; p {:.3g} after Holm)",
      percent(change.before), percent(change.after), change.index + 1, suite.points[change.index].label,
      change.low + 1, change.high + 1, *suite.p_holm);
}

}  // namespace

History make_history(const std::vector<RunData>& runs, double alpha, std::uint64_t seed) {
  if (runs.empty()) fail_input("history: no run directory given");
  std::vector<const RunData*> ordered;
  for (const RunData& run : runs) ordered.push_back(&run);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const RunData* a, const RunData* b) { return a->created < b->created; });
  History history;
  history.alpha = alpha;
  std::map<std::string, std::size_t> places;
  for (const RunData* run : ordered) {
    for (const std::string& warning : run->warnings) {
      history.warnings.push_back(fmt::format("{}: {}", run->directory, warning));
    }
    for (const TaskData& task : run->tasks) {
      const auto [place, fresh] = places.try_emplace(task.name, history.suites.size());
      if (fresh) {
        history.suites.emplace_back();
        history.suites.back().task = task.name;
      }
      Score score = accuracy_of(task);
      if (score.questions == 0) {
        history.warnings.push_back(fmt::format("{}: {} has no graded sample", label_of(*run), task.name));
        continue;
      }
      history.suites[place->second].points.push_back({label_of(*run), run->created, std::move(score)});
    }
  }
  std::vector<double> p_values;
  for (SuiteHistory& suite : history.suites) {
    std::vector<double> values;
    for (const HistoryPoint& point : suite.points) values.push_back(point.score.value);
    suite.change = find_change_point(values, seed);
    if (suite.change) p_values.push_back(suite.change->p_value);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  std::size_t next = 0;
  for (SuiteHistory& suite : history.suites) {
    if (suite.change) suite.p_holm = adjusted[next++];
    suite.note = note_of(suite, alpha);
  }
  note_breaks(ordered, history.warnings);
  return history;
}

}  // namespace reckon::reports
