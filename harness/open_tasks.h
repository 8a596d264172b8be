#pragma once
// The catalogue of suites as the command line describes it.

#include <memory>
#include <string>
#include <vector>

#include "harness/command_line.h"
#include "suites/config/catalogue.h"

namespace reckon::harness {

std::unique_ptr<suites::Catalogue> open_catalogue(const TaskArguments& arguments);

/// What --tasks names.
struct OpenedTasks {
  std::vector<std::shared_ptr<suites::Task>> tasks;  ///< each once
  std::vector<suites::TaskGroup> groups;             ///< those named and those below them
  std::vector<std::string> names;                    ///< as they were given: tasks, tags, groups, files
};
/// `run_folder`, where one is given and holds a run already: `fresh` asks with the seed of that run, so that
/// one begun yesterday goes on with its own questions. Errors: none named, unknown (with the nearest).
OpenedTasks open_tasks(const TaskArguments& arguments, const std::string& run_folder = {});

/// Before anything runs: chooses what holds code that a model writes. Errors: a task runs code and there is
/// no sandbox here; --sandbox none without --confirm_run_unsafe_code.
void choose_sandbox(const TaskArguments& arguments, const std::vector<std::shared_ptr<suites::Task>>& tasks);

}  // namespace reckon::harness
