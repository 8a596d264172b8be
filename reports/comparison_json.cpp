#include "reports/comparison_json.h"

#include "reports/json_values.h"

namespace reckon::reports {

json::Value comparison_value(const RunComparison& comparison, json::Allocator& allocator) {
  json::Value value(rapidjson::kObjectType);
  set(value, "old", comparison.old_label, allocator);
  set(value, "new", comparison.new_label, allocator);
  set(value, "margin", json::Value(comparison.margin), allocator);
  json::Value tasks(rapidjson::kObjectType);
  for (const TaskComparison& task : comparison.tasks) {
    json::Value item(rapidjson::kObjectType);
    set(item, "verdict", std::string(name_of(task.verdict)), allocator);
    set(item, "old_value", json::Value(task.old_value), allocator);
    set(item, "new_value", json::Value(task.new_value), allocator);
    set(item, "difference", json::Value(task.difference), allocator);
    set(item, "interval", interval_value(task.interval, allocator), allocator);
    set(item, "p_value", optional_number(task.p_value), allocator);
    set(item, "p_value_holm", optional_number(task.p_holm), allocator);
    set(item, "paired", json::Value(task.paired), allocator);
    set(item, "questions", json::Value(task.questions), allocator);
    set(item, "only_old_correct", json::Value(task.only_old_correct), allocator);
    set(item, "only_new_correct", json::Value(task.only_new_correct), allocator);
    set(item, "method", task.method, allocator);
    set(item, "note", task.note, allocator);
    tasks.AddMember(json::string(task.task, allocator), item, allocator);
  }
  set(value, "tasks", std::move(tasks), allocator);
  set(value, "warnings", string_list(comparison.warnings, allocator), allocator);
  return value;
}

}  // namespace reckon::reports
