#include "harness/run_loop.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "harness/clock.h"
#include "harness/grading_queue.h"
#include "harness/judge_completion.h"
#include "harness/manifest.h"

namespace reckon::harness {
namespace {

/// One answer that is still missing.
struct WorkItem {
  std::size_t task = 0;
  std::size_t sample = 0;
  std::int32_t repeat = 0;
  int attempts = 0;
};

struct Pending {
  WorkItem item;
  suites::Prompt prompt;
  std::uint64_t seed = 0;
  double submitted_seconds = 0.0;
};

/// What is recorded of one completion once it is judged.
struct Answer {
  Pending pending;
  SampleRecord record;
};

class RunLoop {
 public:
  RunLoop(Model& model, const RunSettings& settings, RunDirectory& directory, Progress& progress,
          reports::EarlyStopping* stopping)
      : model_(model), settings_(settings), directory_(directory), progress_(progress), stopping_(stopping) {
    for (const auto& task : settings.tasks) {
      sampling_.push_back(task_sampling(settings, *task));
    }
    list_work();
  }

  RunOutcome run(const std::function<bool()>& stop) {
    drop_decided();
    if (work_.empty()) return outcome_;
    progress_.start(state_);
    launch_ = directory_.start_launch(model_.device_json(), host_json(), model_.energy_meter());
    std::string status = "failed";
    try {
      loop(stop);
      status = outcome_.interrupted ? "interrupted" : "done";
    } catch (...) {
      try {
        directory_.end_launch(model_.counters(), grading_seconds_, status);
      } catch (const Error&) {
        // The disk that failed the record fails this line too; the last heartbeat then counts.
      }
      throw;
    }
    directory_.end_launch(model_.counters(), grading_seconds_, status);
    progress_.finish(state_);
    return outcome_;
  }

 private:
  void list_work() {
    for (std::size_t t = 0; t < settings_.tasks.size(); ++t) {
      const suites::Task& task = *settings_.tasks[t];
      const std::size_t count = effective_samples(task, settings_.limit);
      const int repeats = effective_repeats(settings_, task);
      const TaskProgress recorded = directory_.recorded(task.name());
      for (const std::size_t s : order_of(task, count)) {
        for (int r = 0; r < repeats; ++r) {
          const suites::Sample& sample = task.samples()[s];
          const auto found = recorded.finished.find({sample.doc_id, r});
          if (found == recorded.finished.end()) {
            work_.push_back({t, s, r, 0});
            continue;
          }
          if (found->second.doc_hash != sample.doc_hash) {
            fail_input("{}/{}: the record of document {} was made from other data", directory_.path(),
                       sample_file(task.name()), sample.doc_id);
          }
          ++outcome_.done_before;
          ++state_.done;
          if (stopping_ != nullptr) stopping_->add(task.name(), sample.doc_id, found->second.correct);
          if (found->second.correct) {
            ++state_.graded;
            state_.correct += *found->second.correct ? 1 : 0;
          }
        }
      }
      outcome_.total += static_cast<std::int64_t>(count) * repeats;
    }
    if (stopping_ != nullptr) interleave();
    state_.total = outcome_.total;
  }

  std::vector<std::size_t> order_of(const suites::Task& task, std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (stopping_ == nullptr) return order;
    std::vector<reports::PlannedQuestion> questions;
    for (std::size_t s = 0; s < count; ++s) {
      const suites::Sample& sample = task.samples()[s];
      questions.push_back({sample.doc_id, sample.doc_hash, sample.cluster});
    }
    return stopping_->plan(task.name(), questions);
  }

  // The suites in turn: one that is worse ends the run, so none should wait for another to be through.
  void interleave() {
    std::map<std::size_t, std::size_t> seen;
    std::vector<std::pair<std::size_t, WorkItem>> places;
    for (const WorkItem& item : work_) places.emplace_back(seen[item.task]++, item);
    std::stable_sort(places.begin(), places.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    work_.clear();
    for (const auto& [place, item] : places) work_.push_back(item);
  }

  // What a decided gate no longer needs; what was submitted is waited for, so that no answer is dropped for
  // being slow.
  void drop_decided() {
    if (stopping_ == nullptr) return;
    std::erase_if(work_,
                  [&](const WorkItem& item) { return stopping_->done(settings_.tasks[item.task]->name()); });
  }

  void submit(const WorkItem& item) {
    const suites::Task& task = *settings_.tasks[item.task];
    const suites::Sample& sample = task.samples()[item.sample];
    Pending pending;
    pending.item = item;
    pending.prompt = task.prompt(item.sample, prompt_options(settings_, task));
    pending.seed = request_seed(settings_.seed, task.name(), sample.doc_id, item.repeat);
    pending.submitted_seconds = directory_.launch_seconds();

    ModelRequest request;
    request.id = next_id_++;
    request.is_chat = !pending.prompt.messages.empty();
    request.messages = pending.prompt.messages;
    request.text = pending.prompt.text;
    request.gen_prefix = pending.prompt.gen_prefix;
    request.sampling = sampling_[item.task];
    request.sampling.seed = pending.seed;
    request.continuations = pending.prompt.continuations;
    request.contexts = pending.prompt.contexts;
    request.rolling = pending.prompt.rolling;
    pending_.emplace(request.id, std::move(pending));
    model_.submit(std::move(request));
  }

  std::optional<suites::Verdict> judge(const suites::Task& task, const suites::Sample& sample,
                                       const Completion& completion) const {
    if (settings_.predict_only || completion.finish_reason == FinishReason::error ||
        completion.finish_reason == FinishReason::cancelled) {
      return std::nullopt;
    }
    return judge_completion(task, sample, completion);
  }

  void finish(const ModelEvent& event) {
    const auto found = pending_.find(event.id);
    if (found == pending_.end()) return;
    Pending pending = std::move(found->second);
    pending_.erase(found);
    const Completion& completion = event.completion;
    if (completion.finish_reason == FinishReason::cancelled && outcome_.interrupted) return;
    if (completion.finish_reason == FinishReason::error && completion.retryable &&
        pending.item.attempts + 1 < kAttempts) {
      WorkItem again = pending.item;
      ++again.attempts;
      work_.push_back(again);
      return;
    }
    const suites::Task& task = *settings_.tasks[pending.item.task];
    const auto answer = std::make_shared<Answer>();
    answer->pending = std::move(pending);
    SampleRecord& record = answer->record;
    record.sample = &task.samples()[answer->pending.item.sample];
    record.repeat = answer->pending.item.repeat;
    record.prompt = &answer->pending.prompt;
    record.completion = completion;
    record.seed = answer->pending.seed;
    record.launch = launch_;
    record.submitted_seconds = answer->pending.submitted_seconds;
    GradingJob job{[this, answer, &task] { judge_into(task, answer->record); },
                   [this, answer, &task] { write(task, answer->record); }};
    if (task.runs_code()) {
      grading_.push(std::move(job));
    } else {
      const double started = monotonic_seconds();
      job.judge();
      grading_seconds_ += monotonic_seconds() - started;
      job.record();
    }
  }

  /// A grader that gives up (a pattern that takes too long, a sandbox that fails) fails this sample, not the
  /// run.
  void judge_into(const suites::Task& task, SampleRecord& record) const {
    try {
      record.verdict = judge(task, *record.sample, record.completion);
    } catch (const std::exception& error) {
      record.completion.finish_reason = FinishReason::error;
      record.completion.retryable = true;
      record.completion.error = fmt::format("grading: {}", error.what());
    }
  }

  void write(const suites::Task& task, const SampleRecord& record) {
    const Completion& completion = record.completion;
    directory_.append_sample(task.name(), sample_line(record));
    if (stopping_ != nullptr) {
      stopping_->add(task.name(), record.sample->doc_id,
                     record.verdict ? std::optional(record.verdict->correct) : std::nullopt);
    }

    ++outcome_.done_now;
    ++state_.done;
    state_.task = task.name();
    state_.output_tokens += completion.usage.output_tokens;
    if (record.verdict) {
      ++state_.graded;
      state_.correct += record.verdict->correct ? 1 : 0;
    }
    state_.truncated += completion.truncated ? 1 : 0;
    if (record.completion.finish_reason == FinishReason::error) {
      ++state_.failed;
      ++outcome_.failed;
      outcome_.failed_for_good += completion.retryable ? 0 : 1;
      if (outcome_.first_error.empty()) {
        outcome_.first_error =
            fmt::format("{}: document {}: {}", task.name(), record.sample->doc_id, record.completion.error);
      }
    }
  }

  void loop(const std::function<bool()>& stop) {
    const int asked_for =
        stopping_ != nullptr ? std::min(settings_.max_in_flight, kGatedInFlight) : settings_.max_in_flight;
    const int own_limit = std::max(1, asked_for);
    const int model_limit = model_.capabilities().max_in_flight;
    const auto limit =
        static_cast<std::size_t>(model_limit > 0 ? std::min(own_limit, model_limit) : own_limit);
    double last_heartbeat = monotonic_seconds();
    while (!work_.empty() || !pending_.empty() || grading_.size() > 0) {
      if (stop()) {
        outcome_.interrupted = true;
        return;
      }
      drop_decided();
      while (!work_.empty() && pending_.size() < limit) {
        const WorkItem item = work_.front();
        work_.pop_front();
        submit(item);
      }
      if (!pending_.empty()) {
        for (const ModelEvent& event : model_.poll(0.2)) {
          if (event.kind == ModelEvent::Kind::finished) finish(event);
        }
      }
      if (pending_.empty()) {  // the model has nothing to do: all that is left is being graded
        const double started = monotonic_seconds();
        grading_.take_finished(0.2);
        grading_seconds_ += monotonic_seconds() - started;
      } else {
        grading_.take_finished();
      }
      progress_.update(state_);
      if (monotonic_seconds() - last_heartbeat >= kHeartbeatSeconds) {
        directory_.heartbeat(model_.counters(), grading_seconds_);
        last_heartbeat = monotonic_seconds();
      }
    }
  }

  Model& model_;
  const RunSettings& settings_;
  RunDirectory& directory_;
  Progress& progress_;
  reports::EarlyStopping* stopping_;
  std::vector<SamplingOptions> sampling_;
  std::deque<WorkItem> work_;
  std::unordered_map<RequestId, Pending> pending_;
  RequestId next_id_ = 1;
  int launch_ = -1;
  double grading_seconds_ = 0;  ///< in which nothing but grading was done
  RunOutcome outcome_;
  ProgressState state_;
  GradingQueue grading_{grading_threads()};  // last: its threads end before what they use
};

}  // namespace

RunOutcome run_samples(Model& model, const RunSettings& settings, RunDirectory& directory, Progress& progress,
                       const std::function<bool()>& stop, reports::EarlyStopping* stopping) {
  return RunLoop(model, settings, directory, progress, stopping).run(stop);
}

}  // namespace reckon::harness
