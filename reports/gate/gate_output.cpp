#include <fmt/format.h>

#include "base/json.h"
#include "reports/compare/comparison_json.h"
#include "reports/format.h"
#include "reports/gate/gate.h"
#include "reports/json_values.h"

namespace reckon::reports {

std::string gate_text(const GateResult& result) {
  std::size_t widest = 0;
  for (const GateCheck& check : result.checks) widest = std::max(widest, check.name.size());
  std::string text = result.title + "\n\n";
  for (const GateCheck& check : result.checks) {
    text += fmt::format("{:<13}  {:<{}}  {}\n", name_of(check.status), markdown_cell(check.name), widest,
                        check.message);
  }
  if (!result.warnings.empty()) text += "\n";
  for (const std::string& warning : result.warnings) text += "- " + markdown_cell(warning) + "\n";
  return text;
}

std::string gate_json(const GateResult& result) {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& a = document.GetAllocator();
  set(document, "schema_version", json::Value(1), a);
  set(document, "status", std::string(name_of(result.status)), a);
  set(document, "title", result.title, a);
  set(document, "policy", result.policy, a);
  set(document, "baseline", result.baseline_label, a);
  set(document, "candidate", result.label, a);
  set(document, "alpha", json::Value(result.alpha), a);
  json::Value checks(rapidjson::kArrayType);
  for (const GateCheck& check : result.checks) {
    json::Value item(rapidjson::kObjectType);
    set(item, "kind", std::string(check.kind == GateCheck::Kind::suite ? "suite" : "limit"), a);
    set(item, "name", check.name, a);
    set(item, "status", std::string(name_of(check.status)), a);
    set(item, "message", check.message, a);
    if (check.comparison) {
      set(item, "comparison", task_comparison_value(*check.comparison, a), a);
    } else {
      set(item, "value", optional_number(check.value), a);
      set(item, "baseline_value", optional_number(check.baseline), a);
    }
    checks.PushBack(item, a);
  }
  set(document, "checks", std::move(checks), a);
  set(document, "warnings", string_list(result.warnings, a), a);
  return json::dump_pretty(document) + "\n";
}

}  // namespace reckon::reports
