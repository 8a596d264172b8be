#pragma once
// The catalogue of suites as the command line describes it.

#include <memory>
#include <vector>

#include "harness/command_line.h"
#include "suites/config/catalogue.h"

namespace reckon::harness {

std::unique_ptr<suites::Catalogue> open_catalogue(const TaskArguments& arguments);

/// The tasks that `arguments.tasks` names, each once. Errors: none named, unknown (with the nearest).
std::vector<std::shared_ptr<suites::Task>> open_tasks(const TaskArguments& arguments);

}  // namespace reckon::harness
