#include "harness/open_tasks.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/nearest.h"
#include "harness/key_values.h"
#include "harness/share_folder.h"
#include "suites/code/execution.h"

namespace reckon::harness {
namespace {

constexpr std::int64_t kMostItems = 1'000'000;

/// Days since 1970 in UTC: `fresh` asks other questions every day.
std::uint64_t today() {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()).time_since_epoch().count());
}

/// The seed of the first generated task in a run's manifest ("generator:FAMILY?n=N&seed=S&difficulty=D").
std::optional<std::uint64_t> recorded_seed(const std::string& run_folder) {
  constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  const std::string path = run_folder + "/run.json";
  std::error_code error;
  if (run_folder.empty() || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const json::Document manifest = json::parse(read_file(path, kMostBytes), path);
  const json::ObjectReader reader(manifest, path);
  const json::Value* tasks = reader.get_object("identity").find("tasks");
  if (tasks == nullptr || !tasks->IsObject()) return std::nullopt;  // the run directory says so
  const std::string before = "&seed=";
  for (const auto& task : tasks->GetObject()) {
    for (const json::Value& file : json::ObjectReader(task.value, path).get_array("data_files").GetArray()) {
      const std::string name = json::ObjectReader(file, path).get_string("path");
      const std::size_t at = name.find(before);
      if (!name.starts_with("generator:") || at == std::string::npos) continue;
      const std::size_t from = at + before.size();
      return static_cast<std::uint64_t>(parse_integer(name.substr(from, name.find('&', from) - from),
                                                      fmt::format("{}: seed of {}", path, name), 0,
                                                      std::numeric_limits<std::int64_t>::max()));
    }
  }
  return std::nullopt;
}

/// --task_args over the suites' own numbers; `fresh_seed`, where the tasks are those of `fresh`, over the
/// suites' seeds.
void set_generators(const std::string& text, std::optional<std::uint64_t> fresh_seed,
                    const std::vector<std::shared_ptr<suites::Task>>& tasks) {
  static const std::vector<std::string> kKeys = {"n", "seed", "difficulty"};
  const std::map<std::string, std::string> values = parse_key_values(text, "--task_args");
  for (const auto& [key, value] : values) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      fail_input("--task_args: unknown key '{}'{}; known: n, seed, difficulty", key,
                 did_you_mean(key, kKeys));
    }
  }
  const auto number = [&](const char* key, std::int64_t low, std::int64_t high, std::int64_t fallback) {
    const auto found = values.find(key);
    return found == values.end()
               ? fallback
               : parse_integer(found->second, std::string("--task_args: ") + key, low, high);
  };
  bool any = false;
  for (const auto& task : tasks) {
    const suites::GeneratorArguments& own = task->generator();
    if (own.family.empty()) continue;
    any = true;
    const std::uint64_t seed = fresh_seed.value_or(own.seed);
    task->set_generator(
        static_cast<std::uint64_t>(number("n", 1, kMostItems, static_cast<std::int64_t>(own.count))),
        static_cast<std::uint64_t>(
            number("seed", 0, std::numeric_limits<std::int64_t>::max(), static_cast<std::int64_t>(seed))),
        static_cast<int>(number("difficulty", 1, 5, own.difficulty)));
  }
  if (!any) fail_input("--task_args is for generated tasks; none of those named is one");
}

}  // namespace

std::unique_ptr<suites::Catalogue> open_catalogue(const TaskArguments& arguments) {
  const ShareFolders share = find_share_folders();
  suites::DataLocations locations;
  locations.data_dir = arguments.data_dir;
  if (const char* environment = std::getenv("RECKON_DATA")) locations.environment = environment;
  locations.share_data_folder = share.data;
  locations.cache_dir = cache_folder() + "/datasets";
  return std::make_unique<suites::Catalogue>(arguments.include_path, share.suites, locations);
}

OpenedTasks open_tasks(const TaskArguments& arguments, const std::string& run_folder) {
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
  const auto catalogue = open_catalogue(arguments);
  OpenedTasks opened{catalogue->load_all(names), catalogue->groups_of(names), names};
  if (opened.tasks.empty())
    fail_input("--tasks: '{}' names no task; `reckon ls suites` lists them", arguments.tasks);
  const bool fresh = std::find(names.begin(), names.end(), "fresh") != names.end();
  std::optional<std::uint64_t> fresh_seed;
  if (fresh) {
    fresh_seed = recorded_seed(run_folder);
    if (!fresh_seed) fresh_seed = today();
  }
  if (fresh || !arguments.task_args.empty()) set_generators(arguments.task_args, fresh_seed, opened.tasks);
  return opened;
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
