#include "base/json.h"
#include "reports/compare/comparison_json.h"
#include "reports/json_values.h"
#include "reports/report.h"
#include "reports/results_value.h"

namespace reckon::reports {

std::string results_json(const std::vector<RunData>& runs, const Summary& summary) {
  json::Document document;
  json::Allocator& allocator = document.GetAllocator();
  if (runs.size() == 1) {
    return json::dump_pretty(run_results_value(runs.front(), summary.runs.front(), allocator)) + "\n";
  }
  json::Value all(rapidjson::kObjectType);
  set(all, "schema_version", json::Value(1), allocator);
  json::Value list(rapidjson::kArrayType);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    list.PushBack(run_results_value(runs[i], summary.runs[i], allocator), allocator);
  }
  set(all, "runs", std::move(list), allocator);
  json::Value comparisons(rapidjson::kArrayType);
  for (const RunComparison& comparison : summary.comparisons) {
    comparisons.PushBack(comparison_value(comparison, allocator), allocator);
  }
  set(all, "comparisons", std::move(comparisons), allocator);
  return json::dump_pretty(all) + "\n";
}

}  // namespace reckon::reports
