#include "reports/gate/early_stopping.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "reports/json_values.h"
#include "reports/statistics/counter_random.h"

namespace reckon::reports {

std::vector<std::size_t> seeded_order(std::size_t size, const std::string& task, std::uint64_t seed) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::uint64_t stream = hash64(task);
  for (std::size_t i = size; i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random_below(seed, stream, i, i))]);
  }
  return order;
}

EarlyStopping::EarlyStopping(const GatePolicy& policy, const RunData& baseline, std::uint64_t seed)
    : alpha_(policy.alpha), seed_(seed) {
  for (const SuitePolicy& suite : gated_suites(policy, baseline)) {
    const auto task = std::find_if(baseline.tasks.begin(), baseline.tasks.end(),
                                   [&](const TaskData& data) { return data.name == suite.task; });
    if (task == baseline.tasks.end()) {
      fail_input("{}: suite '{}' is not in the baseline {}", policy.source, suite.task, baseline.directory);
    }
    if (!suite.metric.empty()) {
      fail_input("{}: suite '{}': stopping early looks at verdicts, not at metric '{}'", policy.source,
                 suite.task, suite.metric);
    }
    if (task->repeats > 1) {
      fail_input("{}: suite '{}' of the baseline has {} answers a question; stopping early needs one",
                 baseline.directory, suite.task, task->repeats);
    }
    Suite& entry = suites_[suite.task];
    entry.margin = suite.margin;
    entry.least = suite.questions;
    for (const SampleRecord& record : task->records) {
      entry.hashes[record.doc_id] = record.doc_hash;
      if (record.graded && record.correct) entry.baseline[record.doc_id] = *record.correct;
    }
  }
}

std::vector<std::size_t> EarlyStopping::plan(const std::string& task,
                                             const std::vector<PlannedQuestion>& questions) {
  const std::vector<std::size_t> order = seeded_order(questions.size(), task, seed_);
  const auto found = suites_.find(task);
  if (found == suites_.end()) return order;
  Suite& suite = found->second;
  for (const std::size_t place : order) {
    const PlannedQuestion& question = questions[place];
    if (!question.cluster.empty()) {
      fail_input(
          "{}: questions share a source ('{}'), so stopping early does not apply; run without --gate "
          "and use `reckon gate` afterwards",
          task, question.cluster);
    }
    const auto known = suite.hashes.find(question.doc_id);
    if (known != suite.hashes.end() && !known->second.empty() && known->second != question.doc_hash) {
      fail_evaluation("{}: doc_hash of document {} (questions) differs from the baseline's", task,
                      question.doc_id);
    }
    suite.order.push_back(question.doc_id);
  }
  return order;
}

void EarlyStopping::add(const std::string& task, std::int64_t doc_id, std::optional<bool> correct) {
  const auto found = suites_.find(task);
  if (found == suites_.end()) return;
  Suite& suite = found->second;
  suite.waiting[doc_id] = correct;
  while (suite.next < suite.order.size()) {
    const auto answer = suite.waiting.find(suite.order[suite.next]);
    if (answer == suite.waiting.end()) return;
    const auto before = suite.baseline.find(answer->first);
    if (answer->second && before != suite.baseline.end()) {
      ++suite.counts.questions;
      if (*answer->second && !before->second) ++suite.counts.gained;
      if (!*answer->second && before->second) ++suite.counts.lost;
      look(suite);
    }
    suite.waiting.erase(answer);
    ++suite.next;
  }
}

void EarlyStopping::look(Suite& suite) {
  // The gate could not evaluate a suite with fewer questions than the policy asks for.
  if (suite.state != State::running || suite.counts.questions < suite.least) return;
  const auto suites = static_cast<double>(suites_.size());
  if (suites * sequential_p_worse(suite.counts) <= alpha_) {
    suite.state = State::worse;
    any_worse_ = true;
  } else if (confidence_sequence(suite.counts, alpha_).low > -suite.margin) {
    suite.state = State::no_worse;
  }
}

bool EarlyStopping::done(const std::string& task) const {
  if (any_worse_) return true;  // the gate has failed
  const auto found = suites_.find(task);
  return found != suites_.end() && found->second.state != State::running;
}

std::string EarlyStopping::json() const {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& a = document.GetAllocator();
  set(document, "schema_version", json::Value(1), a);
  set(document, "alpha", json::Value(alpha_), a);
  set(document, "seed", json::Value(seed_), a);
  json::Value suites(rapidjson::kObjectType);
  for (const auto& [task, suite] : suites_) {
    json::Value item(rapidjson::kObjectType);
    const char* state = suite.state == State::worse       ? "worse"
                        : suite.state == State::no_worse  ? "no worse"
                        : suite.next < suite.order.size() ? "stopped with the gate"
                                                          : "asked whole";
    set(item, "state", std::string(state), a);
    set(item, "asked", json::Value(static_cast<std::uint64_t>(suite.next)), a);
    set(item, "of", json::Value(static_cast<std::uint64_t>(suite.order.size())), a);
    set(item, "compared", json::Value(suite.counts.questions), a);
    set(item, "gained", json::Value(suite.counts.gained), a);
    set(item, "lost", json::Value(suite.counts.lost), a);
    set(item, "confidence_sequence", interval_value(confidence_sequence(suite.counts, alpha_), a), a);
    set(item, "p_worse", json::Value(sequential_p_worse(suite.counts)), a);
    suites.AddMember(json::string(task, a), item, a);
  }
  set(document, "suites", std::move(suites), a);
  return json::dump_pretty(document) + "\n";
}

}  // namespace reckon::reports
