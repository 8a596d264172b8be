#include "harness/open_tasks.h"

#include <cstdlib>

#include "base/error.h"
#include "harness/share_folder.h"
#include "suites/code/execution.h"

namespace reckon::harness {

std::unique_ptr<suites::Catalogue> open_catalogue(const TaskArguments& arguments) {
  const ShareFolders share = find_share_folders();
  suites::DataLocations locations;
  locations.data_dir = arguments.data_dir;
  if (const char* environment = std::getenv("RECKON_DATA")) locations.environment = environment;
  locations.share_data_folder = share.data;
  locations.cache_dir = cache_folder() + "/datasets";
  return std::make_unique<suites::Catalogue>(arguments.include_path, share.suites, locations);
}

std::vector<std::shared_ptr<suites::Task>> open_tasks(const TaskArguments& arguments) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : arguments.tasks + ",") {
    if (c == ',') {
      if (!name.empty()) names.push_back(name);
      name.clear();
    } else if (c != ' ') {
      name += c;
    }
  }
  if (names.empty()) fail_input("--tasks: no task named; `reckon ls suites` lists them");
  auto tasks = open_catalogue(arguments)->load_all(names);
  if (tasks.empty())
    fail_input("--tasks: '{}' names no task; `reckon ls suites` lists them", arguments.tasks);
  return tasks;
}

void choose_sandbox(const TaskArguments& arguments, const std::vector<std::shared_ptr<suites::Task>>& tasks) {
  if (arguments.sandbox == "none") {
    if (!arguments.confirm_run_unsafe_code) {
      fail_input(
          "--sandbox none lets code that a model wrote do here all that an ordinary user can; say so with "
          "--confirm_run_unsafe_code, or leave --sandbox out");
    }
    suites::code::set_execution(suites::code::Execution::unsafe);
  }
  for (const auto& task : tasks) {
    if (task->runs_code()) suites::code::require_execution(fmt::format("task '{}'", task->name()));
  }
}

}  // namespace reckon::harness
