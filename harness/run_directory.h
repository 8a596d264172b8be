#pragma once
// The only state of a run: see docs/run_directory.md for the files.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "harness/device_energy_meter.h"
#include "harness/energy_meter.h"
#include "harness/model.h"
#include "harness/sample_record.h"

namespace reckon::harness {

/// Samples of one task that are there already.
struct TaskProgress {
  std::map<std::pair<std::int64_t, std::int32_t>, RecordedSample> finished;  ///< by (doc_id, repeat)
};

class RunDirectory {
 public:
  /// Makes the folder and takes its lock: before a model is loaded. The launch's clock begins here.
  /// Errors: not writable, another process holds it, files of something else in it.
  explicit RunDirectory(const std::string& path);
  /// With enter() at once.
  RunDirectory(const std::string& path, const json::Value& manifest);
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  /// Writes run.json, or takes up the run that is there. Errors: made with another identity (each difference
  /// named), damaged run.json.
  void enter(const json::Value& manifest);

  const std::string& path() const { return path_; }
  bool resumed() const { return resumed_; }

  /// Reads what is recorded of a task; every line must parse, but for a torn last one.
  TaskProgress recorded(const std::string& task) const;

  /// Appends the start line of a launch and returns its number. `device_json` and `host_json` are JSON
  /// objects; what `devices` measures stands in the lines that follow. What went by since the lock was taken
  /// is the loading of the model, and counts as time of the launch.
  int start_launch(const std::string& device_json, const std::string& host_json,
                   DeviceEnergyMeter devices = {});
  /// `grading_seconds`: of this launch, in which nothing but grading was done.
  void heartbeat(const ModelCounters& counters, double grading_seconds);
  void end_launch(const ModelCounters& counters, double grading_seconds, const std::string& status);
  double launch_seconds() const;  ///< since the lock was taken

  /// Appends one record at once. Errors: evaluation error when the disk is full or the folder gone.
  void append_sample(const std::string& task, const std::string& line);

 private:
  void take_lock();
  void append_launch_line(const std::string& line);
  std::string energy_fields();

  std::string path_;
  int lock_descriptor_ = -1;
  bool resumed_ = false;
  int launch_ = -1;
  double launch_started_ = 0.0;
  EnergyMeter energy_;  ///< since the lock was taken
  DeviceEnergyMeter device_energy_;
  std::unique_ptr<LineAppender> launches_;
  std::map<std::string, std::unique_ptr<LineAppender>> samples_;
};

/// Errors: the folder cannot be made or written.
void check_writable_run_directory(const std::string& path);

/// Where two JSON values differ, as "path: old -> new" lines; at most `limit`.
std::vector<std::string> json_differences(const json::Value& before, const json::Value& now,
                                          std::size_t limit);

/// The file of a task's records, relative to the run directory. Characters that a file name cannot hold
/// become '_'.
std::string sample_file(const std::string& task);

}  // namespace reckon::harness
