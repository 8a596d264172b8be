#pragma once
// A control group for one box: the memory and the number of processes of all its processes together.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "suites/sandbox/descriptor.h"

namespace reckon::suites::sandbox {

/// Where groups can be made here: the folder below which, by controller ("memory", "pids", "cpuacct").
struct ControlGroupPlace {
  int version = 0;  ///< 1, 2, or 0 where none can be made
  std::map<std::string, std::string> folders;
  std::string problem;  ///< version 0: why

  bool has(const std::string& controller) const { return folders.contains(controller); }
  std::string text() const;  ///< "v1 (memory, pids)"
};

/// Tries once what works: version 2 with memory and pids, else version 1 with what it has of them. Groups
/// that a killed run left behind are removed.
const ControlGroupPlace& control_group_place();
/// The same for given texts of /proc/self/mountinfo and /proc/self/cgroup.
ControlGroupPlace find_control_groups(const std::string& mounts, const std::string& own_groups);

class ControlGroup {
 public:
  /// Errors: evaluation error when a group cannot be made or a limit cannot be set.
  ControlGroup(const ControlGroupPlace& place, std::size_t memory_bytes, int processes);
  /// Kills what is left in it, and removes it.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  /// Files that a process writes "0" to, to enter; open for writing, closed on exec.
  std::vector<int> entrances() const;
  std::optional<double> cpu_seconds() const;      ///< used by all processes that ever were in it
  std::optional<std::size_t> peak_bytes() const;  ///< most memory used at once
  std::int64_t memory_kills() const;              ///< processes killed for memory
  std::int64_t refused_processes() const;         ///< fork() calls that failed for the limit
  void kill_all() const;

 private:
  std::string file(const std::string& controller, const std::string& name) const;

  int version_;
  std::map<std::string, std::string> folders_;
  std::vector<Descriptor> entrances_;
};

}  // namespace reckon::suites::sandbox
