#include "reports/compare/comparison_json.h"

#include <tuple>

#include "reports/json_values.h"

namespace reckon::reports {

json::Value task_comparison_value(const TaskComparison& task, json::Allocator& allocator) {
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
  set(item, "win_share_interval", interval_value(task.win_share, allocator), allocator);
  set(item, "stderr", optional_number(task.standard_error), allocator);
  set(item, "stderr_sampling", optional_number(task.sampling_standard_error), allocator);
  set(item, "smallest_difference", optional_number(task.smallest_difference), allocator);
  set(item, "questions_needed", task.questions_needed ? json::Value(*task.questions_needed) : json::Value(),
      allocator);
  set(item, "p_noninferior", optional_number(task.p_noninferior), allocator);
  set(item, "not_inferior", task.not_inferior ? json::Value(*task.not_inferior) : json::Value(), allocator);
  set(item, "higher_is_better", json::Value(task.higher_is_better), allocator);
  set(item, "method", task.method, allocator);
  set(item, "note", task.note, allocator);
  set(item, "margin", json::Value(task.margin), allocator);
  return item;
}

json::Value comparison_value(const RunComparison& comparison, json::Allocator& allocator) {
  json::Value value(rapidjson::kObjectType);
  set(value, "old", comparison.old_label, allocator);
  set(value, "new", comparison.new_label, allocator);
  set(value, "margin", json::Value(comparison.margin), allocator);
  set(value, "alpha", json::Value(comparison.alpha), allocator);
  json::Value tasks(rapidjson::kObjectType);
  for (const TaskComparison& task : comparison.tasks) {
    tasks.AddMember(json::string(task.task, allocator), task_comparison_value(task, allocator), allocator);
  }
  set(value, "tasks", std::move(tasks), allocator);
  set(value, "warnings", string_list(comparison.warnings, allocator), allocator);
  set(value, "refusals", string_list(comparison.refusals, allocator), allocator);
  return value;
}

json::Value flips_value(const std::vector<FlippedSample>& flips, json::Allocator& allocator) {
  json::Value list(rapidjson::kArrayType);
  for (const FlippedSample& flip : flips) {
    json::Value item(rapidjson::kObjectType);
    set(item, "task", flip.task, allocator);
    set(item, "doc_id", json::Value(flip.doc_id), allocator);
    set(item, "target", flip.older->target, allocator);
    for (const auto& [name, share, record] :
         {std::tuple{"old", flip.old_share, flip.older}, std::tuple{"new", flip.new_share, flip.newer}}) {
      json::Value side(rapidjson::kObjectType);
      set(side, "share_correct", json::Value(share), allocator);
      set(side, "extracted", record->extracted.value_or(""), allocator);
      set(side, "answer", record->answer.shown(), allocator);
      set(side, "why", record->why, allocator);
      set(side, "truncated", json::Value(record->truncated), allocator);
      set(item, name, std::move(side), allocator);
    }
    list.PushBack(item, allocator);
  }
  return list;
}

}  // namespace reckon::reports
