#include "reports/html/page_data.h"

#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "reports/compare/comparison_json.h"
#include "reports/headline.h"
#include "reports/html/panels.h"
#include "reports/json_values.h"
#include "reports/results_value.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

Value kernels_value(const std::optional<KernelTable>& table, Allocator& a) {
  if (!table) return Value();
  Value value(rapidjson::kObjectType);
  set(value, "device", table->device_name, a);
  set(value, "read_gb_per_s", optional_number(table->read_gb_per_s), a);
  set(value, "fma_gflop_per_s", optional_number(table->fma_gflop_per_s), a);
  set(value, "int16_gop_per_s", optional_number(table->int16_gop_per_s), a);
  set(value, "int8_gop_per_s", optional_number(table->int8_gop_per_s), a);
  Value rows(rapidjson::kArrayType);
  for (const KernelTiming& kernel : table->kernels) {
    Value row(rapidjson::kObjectType);
    set(row, "name", kernel.name, a);
    set(row, "shape", kernel.shape, a);
    set(row, "seconds", Value(kernel.seconds), a);
    set(row, "gb_per_s", optional_number(kernel.gb_per_s), a);
    set(row, "gflop_per_s", optional_number(kernel.gflop_per_s), a);
    set(row, "bound", kernel.bound, a);
    set(row, "share_of_limit", optional_number(kernel.share_of_limit), a);
    rows.PushBack(row, a);
  }
  set(value, "rows", std::move(rows), a);
  return value;
}

Value model_value(const ModelFacts& model, Allocator& a) {
  Value value(rapidjson::kObjectType);
  set(value, "name", model.name, a);
  set(value, "architecture", model.architecture, a);
  set(value, "source", model.source, a);
  set(value, "parameters", Value(model.parameters), a);
  set(value, "active_parameters", Value(model.active_parameters), a);
  set(value, "weight_bytes", Value(model.weight_bytes), a);
  set(value, "weight_types", model.weight_types, a);
  return value;
}

Value launches_value(const std::vector<Launch>& launches, Allocator& a) {
  Value rows(rapidjson::kArrayType);
  for (const Launch& launch : launches) {
    Value row(rapidjson::kObjectType);
    set(row, "launch", Value(launch.number), a);
    set(row, "time", launch.time, a);
    set(row, "device", launch.device_name, a);
    set(row, "backend", launch.device_backend, a);
    set(row, "path", launch.device_path, a);
    set(row, "threads", Value(launch.threads), a);
    set(row, "wall_seconds", Value(launch.wall_seconds), a);
    set(row, "status", launch.status, a);
    rows.PushBack(row, a);
  }
  return rows;
}

// Of a run directory as seen from the page: its links must work wherever both are moved together. Empty where
// the page's place is not known.
std::string path_from(const std::string& page_folder, const std::string& run_directory) {
  if (page_folder.empty()) return {};
  std::error_code error;
  const std::filesystem::path path = std::filesystem::relative(run_directory, page_folder, error);
  return error || path.empty() ? std::string() : "./" + path.generic_string();
}

// A hundred thousand questions are not counted one by one on a page: the samples are there. Groups have a
// table of their own.
Value page_results_value(const RunData& run, const RunSummary& summary, Allocator& a) {
  Value results = run_results_value(run, summary, a);
  for (const auto& group : results["groups"].GetObject()) results["results"].RemoveMember(group.name);
  for (auto& task : results["results"].GetObject()) task.value.RemoveMember("questions");
  return results;
}

}  // namespace

std::string page_data(const std::vector<RunData>& runs, const Summary& summary,
                      const ReportOptions& options) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Value data(rapidjson::kObjectType);
  const Headline headline = headline_of(summary);
  set(data, "name", options.title, a);
  set(data, "title", headline.title, a);
  set(data, "details", headline.details, a);
  Value list(rapidjson::kArrayType);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Value run(rapidjson::kObjectType);
    set(run, "label", summary.runs[i].label, a);
    set(run, "directory", runs[i].directory, a);
    set(run, "files", path_from(options.output_directory, runs[i].directory), a);
    set(run, "model", model_value(runs[i].model, a), a);
    set(run, "results", page_results_value(runs[i], summary.runs[i], a), a);
    set(run, "kernels", kernels_value(runs[i].kernels, a), a);
    set(run, "launches", launches_value(runs[i].launches, a), a);
    const json::Document manifest = json::parse(runs[i].manifest_json, "run.json");
    set(run, "manifest", Value(manifest, a), a);
    list.PushBack(run, a);
  }
  set(data, "runs", std::move(list), a);
  Value comparisons(rapidjson::kArrayType);
  for (const RunComparison& comparison : summary.comparisons) {
    comparisons.PushBack(comparison_value(comparison, a), a);
  }
  set(data, "comparisons", std::move(comparisons), a);
  set(data, "published", published_value(options, a), a);
  set(data, "what_if", what_if_value(runs, options, a), a);
  return json::dump(data);
}

}  // namespace reckon::reports
