#include "reports/compare/pairing.h"

#include <map>

#include <fmt/format.h>

namespace reckon::reports {
namespace {

std::map<std::int64_t, const SampleRecord*> first_records(const TaskData& task) {
  std::map<std::int64_t, const SampleRecord*> records;
  for (const SampleRecord& record : task.records) records.try_emplace(record.doc_id, &record);
  return records;
}

// A question is the same when its row of the dataset is; where a run recorded no hash, its number has to do.
std::string mismatch_of(const SampleRecord& older, const SampleRecord& newer) {
  if (!older.doc_hash.empty() && !newer.doc_hash.empty() && older.doc_hash != newer.doc_hash) {
    return fmt::format("doc_hash of document {}", older.doc_id);
  }
  if (older.target != newer.target) return fmt::format("target of document {}", older.doc_id);
  return {};
}

}  // namespace

Pairing pair_questions(const TaskData& older, const TaskData& newer, const TaskScores& old_scores,
                       const TaskScores& new_scores) {
  const auto old_records = first_records(older);
  const auto new_records = first_records(newer);
  Pairing pairing;
  pairing.binary = old_scores.all_binary && new_scores.all_binary;
  for (const auto& [doc_id, before] : old_scores.by_question) {
    const auto found = new_scores.by_question.find(doc_id);
    if (found == new_scores.by_question.end()) continue;
    const std::string mismatch = mismatch_of(*old_records.at(doc_id), *new_records.at(doc_id));
    if (!mismatch.empty()) {
      if (pairing.mismatch.empty()) pairing.mismatch = mismatch;
      continue;
    }
    const QuestionScore& after = found->second;
    pairing.pairs.push_back({before.score, after.score, before.samples, after.samples, before.cluster});
  }
  if (pairing.pairs.empty() && pairing.mismatch.empty() && !old_scores.by_question.empty() &&
      !new_scores.by_question.empty()) {
    pairing.mismatch = "doc_id: no document in common";
  }
  return pairing;
}

}  // namespace reckon::reports
