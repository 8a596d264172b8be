#pragma once
// The catalogue of suites as the command line describes it.

#include <memory>
#include <vector>

#include "harness/command_line.h"
#include "suites/config/catalogue.h"

namespace reckon::harness {

std::unique_ptr<suites::Catalogue> open_catalogue(const TaskArguments& arguments);

/// What --tasks names.
struct OpenedTasks {
  std::vector<std::shared_ptr<suites::Task>> tasks;  ///< each once
  std::vector<suites::TaskGroup> groups;             ///< those named and those below them
};
/// Errors: none named, unknown (with the nearest).
OpenedTasks open_tasks(const TaskArguments& arguments);

/// Before anything runs: chooses what holds code that a model writes. Errors: a task runs code and there is
/// no sandbox here; --sandbox none without --confirm_run_unsafe_code.
void choose_sandbox(const TaskArguments& arguments, const std::vector<std::shared_ptr<suites::Task>>& tasks);

}  // namespace reckon::harness
