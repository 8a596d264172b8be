#include "reports/repeat_scores.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "reports/scores.h"
#include "reports/statistics/repeats.h"

namespace reckon::reports {
namespace {

constexpr std::uint64_t kSubsetSeed = 1234;

struct Question {
  std::vector<Vote> votes;  // in the order of the repeats
  std::int64_t correct = 0;
  std::int64_t made() const { return static_cast<std::int64_t>(votes.size()); }
};

// Votes of each graded sample, by question.
std::map<std::int64_t, Question> questions_of(const TaskData& task) {
  std::map<std::int64_t, Question> questions;
  std::map<std::int64_t, std::map<std::string, std::int64_t>> classes;
  for (const SampleRecord& record : task.records) {
    if (!record.graded || !record.correct) continue;
    Question& question = questions[record.doc_id];
    Vote vote;
    vote.correct = *record.correct;
    if (vote.correct) {
      vote.answer_class = 0;  // equal to the gold answer, so equal to each other
      ++question.correct;
    } else if (!record.truncated && record.extracted) {
      auto& known = classes[record.doc_id];
      const auto next = static_cast<std::int64_t>(known.size()) + 1;
      vote.answer_class = known.try_emplace(*record.extracted, next).first->second;
    }
    question.votes.push_back(vote);
  }
  // Where the grader itself was asked which answers are equal, its word counts.
  for (const auto& [doc_id, joint] : task.joint) {
    const auto found = questions.find(doc_id);
    if (found == questions.end() || found->second.votes.size() != joint.answer_classes.size()) continue;
    for (std::size_t i = 0; i < joint.answer_classes.size(); ++i) {
      found->second.votes[i].answer_class = joint.answer_classes[i];
    }
  }
  return questions;
}

// Powers of 2 and the number of repeats, and what the suite file asks for.
std::set<std::int64_t> sizes_of(const TaskData& task) {
  std::set<std::int64_t> sizes;
  for (std::int64_t k = 2; k < task.repeats; k *= 2) sizes.insert(k);
  if (task.repeats > 1) sizes.insert(task.repeats);
  for (const MetricConfig& metric : task.metrics) {
    std::int64_t k = 0;
    const std::size_t at = metric.name.rfind('@');
    if (metric.aggregation != kPassAtK || at == std::string::npos) continue;
    const char* end = metric.name.data() + metric.name.size();
    if (std::from_chars(metric.name.data() + at + 1, end, k).ptr == end && k > 1) sizes.insert(k);
  }
  return sizes;
}

double votes_to_count(const std::map<std::int64_t, Question>& questions, std::int64_t k) {
  double votes = 0;
  for (const auto& [doc_id, question] : questions) {
    if (question.made() > k) votes += static_cast<double>(k) * kConsensusSubsets;
  }
  return votes;
}

template <typename ValueOfQuestion>
Score score_over(const TaskData& task, const std::map<std::int64_t, Question>& questions,
                 const std::string& name, ValueOfQuestion value_of) {
  // Clusters are those of the task's accuracy.
  const TaskScores accuracy = task_scores(task, correctness);
  TaskScores scores;
  scores.all_binary = true;
  for (const auto& [doc_id, question] : questions) {
    const std::optional<double> value = value_of(doc_id, question);
    if (!value) continue;
    if (*value != 0.0 && *value != 1.0) scores.all_binary = false;
    scores.by_question[doc_id] = {*value, 1, accuracy.by_question.at(doc_id).cluster};
  }
  Score score = score_of(scores);
  score.metric = name;
  score.filter = filter_of(task);
  return score;
}

}  // namespace

std::vector<Score> repeat_scores(const TaskData& task) {
  std::vector<Score> scores;
  const auto questions = questions_of(task);
  for (const std::int64_t k : sizes_of(task)) {
    scores.push_back(score_over(task, questions, fmt::format("pass@{}", k),
                                [&](auto, const Question& q) { return pass_at_k(q.made(), q.correct, k); }));
    scores.push_back(score_over(task, questions, fmt::format("pass^{}", k),
                                [&](auto, const Question& q) { return pass_hat_k(q.made(), q.correct, k); }));
    if (votes_to_count(questions, k) > kMostVotes) continue;
    scores.push_back(
        score_over(task, questions, fmt::format("cons@{}", k), [&](std::int64_t doc_id, const Question& q) {
          const auto seed = kSubsetSeed + static_cast<std::uint64_t>(doc_id);
          return consensus_at_k(q.votes, static_cast<std::size_t>(k), seed);
        }));
  }
  return scores;
}

}  // namespace reckon::reports
