#pragma once
// A group of tasks: the `group:` files of lm-evaluation-harness.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "suites/config/suite_file.h"
#include "suites/task.h"

namespace reckon::suites {

/// Keys that a group sets for its tasks, in place of the tasks' own.
struct TaskSettings {
  struct Setting {
    json::Document value;
    Origin origin;
  };
  std::map<std::string, std::shared_ptr<const Setting>> by_key;
  bool empty() const { return by_key.empty(); }
  /// These, and those of `others` where both have a key.
  TaskSettings replaced_by(const TaskSettings& others) const;
};

/// One item of a group's `task:` list.
struct GroupMember {
  std::string name;       ///< of a task, tag or group
  TaskSettings settings;  ///< `- {task: name, num_fewshot: 5}`
};

/// A `group:` mapping as it was written: a file, or an item of another group's list.
struct GroupDefinition {
  TaskGroup group;  ///< without its `tasks`
  std::vector<GroupMember> members;
  TaskSettings settings;  ///< for all members
};

/// The group of a file, then those written out in its list, named "group::inner". Errors: a list item that is
/// none of a name, {task: ...} and {group: ...}; a bad `aggregate_metric_list`; each with file and line.
std::vector<GroupDefinition> read_groups(const SuiteFile& file);

}  // namespace reckon::suites
