#pragma once
// One program in a box: bubblewrap, a filter of system calls, a control group and resource limits around it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/sandbox/descriptor.h"
#include "suites/sandbox/limits.h"

namespace reckon::suites::sandbox {

/// A file that the box sees, read-only.
struct BoxFile {
  std::string path;  ///< inside, absolute
  std::string_view content;
  bool executable = false;
};

struct BoxSpec {
  std::vector<std::string> command;  ///< the program's absolute path and its arguments
  std::vector<BoxFile> files;
  bool compiler = false;  ///< header files are visible too
  Limits limits;
  /// What becomes descriptors 0, 1, 2, 3 ... inside; they stay the caller's. -1 is /dev/null.
  std::vector<int> descriptors;
  Layers without;  ///< layers that are left out; for tests, and for --sandbox none
};

/// How a box ended.
struct BoxEnd {
  int exit_code = 0;  ///< of the program; 128 + signal where a signal ended it
  double cpu_seconds = 0.0;
  double wall_seconds = 0.0;
  std::optional<std::size_t> peak_bytes;  ///< where a control group counts it
  bool memory_kill = false;               ///< the control group killed for memory
  bool processes_refused = false;         ///< the control group refused a fork()
};

class ControlGroup;

class Box {
 public:
  /// Starts. Errors: evaluation error when the box cannot be made.
  explicit Box(const BoxSpec& spec);
  /// Kills what still runs.
  ~Box();
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  /// Readable when the program has ended, for poll(2).
  int ended_descriptor() const { return process_.get(); }
  double wall_seconds() const;  ///< since the start
  /// CPU time so far; unknown without a control group that counts it.
  std::optional<double> cpu_seconds() const;
  /// How long that thread of its living processes which waited longest for a processor, while it could have
  /// run, did so, as the kernel counts it. What the living ones used is kept for wait(), which without a
  /// control group knows of those only that were waited for.
  double longest_wait_seconds();
  void kill();
  /// Waits for the end (call kill() first where it may not come), and takes down the box.
  BoxEnd wait();

 private:
  void read_status();

  double start_seconds_ = 0.0;
  double living_cpu_seconds_ = 0.0;
  int outer_ = -1;  ///< bubblewrap's process, or the program's own without it
  int inner_ = -1;  ///< the first process of the box
  bool own_group_ = false;
  std::string folder_;  ///< of BoxSpec::files, where there is no bubblewrap to show them
  Descriptor process_;
  Descriptor status_;
  std::string status_text_;
  std::unique_ptr<ControlGroup> group_;
};

}  // namespace reckon::suites::sandbox
