#include "suites/sandbox/control_group.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace reckon::suites::sandbox {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "reckon-box-";
constexpr const char* kOwnPrefix = "reckon-self-";
/// bubblewrap's own two processes, and the one that is about to become the program.
constexpr int kOwnProcesses = 3;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Files of control groups take one write, and say what is wrong with it by its status.
bool write_text(const std::string& path, const std::string& text) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<std::int64_t> number_after(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (key.empty() || line.starts_with(std::string(key) + " ")) {
      const char* begin = line.data() + (key.empty() ? 0 : key.size() + 1);
      std::int64_t value = 0;
      if (std::from_chars(begin, line.data() + line.size(), value).ec == std::errc()) {
        return value;
      }
    }
  }
  return std::nullopt;
}

std::set<std::string> words(const std::string& text, char separator) {
  std::set<std::string> result;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);) {
    while (!word.empty() && (word.back() == '\n' || word.back() == ' ')) {
      word.pop_back();
    }
    if (!word.empty()) {
      result.insert(word);
    }
  }
  return result;
}

struct Mount {
  std::string folder;
  std::string type;
  std::set<std::string> options;
};

/// Lines of mountinfo: "... MOUNT_POINT options - TYPE source super_options".
std::vector<Mount> group_mounts(const std::string& mounts) {
  std::vector<Mount> result;
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::vector<std::string> field;
    for (std::string word; fields >> word;) {
      field.push_back(word);
    }
    const auto dash = std::find(field.begin(), field.end(), "-");
    if (field.size() < 5 || field.end() - dash < 4) {
      continue;
    }
    if (dash[1] == "cgroup" || dash[1] == "cgroup2") {
      result.push_back({field[4], dash[1], words(dash[3], ',')});
    }
  }
  return result;
}

/// Own group by controller; "" is version 2. Lines of /proc/self/cgroup: "4:memory:/path".
std::map<std::string, std::string> own_paths(const std::string& own_groups) {
  std::map<std::string, std::string> result;
  std::istringstream lines(own_groups);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      result[""] = path;
    }
    for (const std::string& name : words(controllers, ',')) {
      result[name] = path;
    }
  }
  return result;
}

bool can_make_group(const std::string& folder, const std::string& limit_file) {
  const std::string probe = folder + "/" + kPrefix + std::to_string(getpid()) + "-probe";
  if (mkdir(probe.c_str(), 0755) != 0 && errno != EEXIST) {
    return false;
  }
  const bool works = access((probe + "/" + limit_file).c_str(), W_OK) == 0 &&
                     access((probe + "/cgroup.procs").c_str(), W_OK) == 0;
  rmdir(probe.c_str());
  return works;
}

/// The folders to try below one mount: our own group first, so that its limits hold for the boxes too.
std::vector<std::string> candidates(const Mount& mount, const std::string& own) {
  std::vector<std::string> result;
  if (!own.empty() && own != "/") {
    result.push_back(mount.folder + own);
  }
  result.push_back(mount.folder);
  return result;
}

/// Makes memory and pids available below a group. Version 2 refuses that while the group holds processes of
/// its own, so where it does, this process moves into a group below it, as service managers do.
bool hand_down(const std::string& folder) {
  const std::set<std::string> handed_down = words(read_text(folder + "/cgroup.subtree_control"), ' ');
  if (handed_down.contains("memory") && handed_down.contains("pids")) {
    return true;
  }
  const std::string control = folder + "/cgroup.subtree_control";
  if (write_text(control, "+memory +pids")) {
    return true;
  }
  const bool holds_processes = errno == EBUSY;
  const std::string self = folder + "/" + kOwnPrefix + std::to_string(getpid());
  if (!holds_processes || mkdir(self.c_str(), 0755) != 0) {
    return false;
  }
  if (write_text(self + "/cgroup.procs", "0")) {
    if (write_text(control, "+memory +pids")) {
      return true;
    }
    write_text(folder + "/cgroup.procs", "0");
  }
  rmdir(self.c_str());
  return false;
}

std::optional<std::string> version_2_folder(const Mount& mount, const std::string& own) {
  for (const std::string& folder : candidates(mount, own)) {
    const std::set<std::string> offered = words(read_text(folder + "/cgroup.controllers"), ' ');
    if (!offered.contains("memory") || !offered.contains("pids")) {
      continue;
    }
    if (hand_down(folder) && can_make_group(folder, "memory.max")) {
      return folder;
    }
  }
  return std::nullopt;
}

/// Groups of runs that were killed: their processes went with them, their folders did not.
void remove_leftovers(const ControlGroupPlace& place) {
  for (const auto& [controller, folder] : place.folders) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      const char* prefix = name.starts_with(kPrefix) ? kPrefix : kOwnPrefix;
      if (!name.starts_with(prefix)) {
        continue;
      }
      const int owner = std::atoi(name.c_str() + std::strlen(prefix));
      if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) {
        rmdir(entry.path().c_str());
      }
    }
  }
}

}  // namespace

std::string ControlGroupPlace::text() const {
  if (version == 0) {
    return "none";
  }
  std::vector<std::string> names;
  for (const auto& [name, folder] : folders) {
    names.push_back(name);
  }
  return fmt::format("v{} ({})", version, fmt::join(names, ", "));
}

ControlGroupPlace find_control_groups(const std::string& mounts, const std::string& own_groups) {
  ControlGroupPlace place;
  const std::vector<Mount> found = group_mounts(mounts);
  std::map<std::string, std::string> own = own_paths(own_groups);
  for (const Mount& mount : found) {
    if (mount.type == "cgroup2") {
      if (const auto folder = version_2_folder(mount, own[""])) {
        place.version = 2;
        place.folders = {{"memory", *folder}, {"pids", *folder}};
        return place;
      }
    }
  }
  const std::map<std::string, std::string> limit_files = {
      {"memory", "memory.limit_in_bytes"}, {"pids", "pids.max"}, {"cpuacct", "cpuacct.usage"}};
  for (const Mount& mount : found) {
    for (const auto& [controller, limit_file] : limit_files) {
      if (mount.type != "cgroup" || !mount.options.contains(controller)) {
        continue;
      }
      for (const std::string& folder : candidates(mount, own[controller])) {
        if (!place.has(controller) && can_make_group(folder, limit_file)) {
          place.folders[controller] = folder;
        }
      }
    }
  }
  if (place.has("memory") || place.has("pids")) {
    place.version = 1;
    return place;
  }
  place.folders.clear();
  place.problem = found.empty()
                      ? "no control groups are mounted"
                      : "no group can be made below this process's own, or none with limits of memory";
  return place;
}

const ControlGroupPlace& control_group_place() {
  static const ControlGroupPlace place = [] {
    ControlGroupPlace found =
        find_control_groups(read_text("/proc/self/mountinfo"), read_text("/proc/self/cgroup"));
    remove_leftovers(found);
    return found;
  }();
  return place;
}

ControlGroup::ControlGroup(const ControlGroupPlace& place, std::size_t memory_bytes, int processes)
    : version_(place.version) {
  static std::atomic<std::uint64_t> counter{0};
  const std::string name = fmt::format("{}{}-{}", kPrefix, getpid(), counter++);
  std::set<std::string> made;
  for (const auto& [controller, folder] : place.folders) {
    const std::string own = folder + "/" + name;
    if (made.insert(own).second && mkdir(own.c_str(), 0755) != 0) {
      fail_evaluation("{}: the control group cannot be made: {}", own, std::strerror(errno));
    }
    folders_[controller] = own;
  }
  bool set = true;
  if (place.has("memory")) {
    set = write_text(file("memory", version_ == 2 ? "memory.max" : "memory.limit_in_bytes"),
                     std::to_string(memory_bytes));
    // Where swap is not counted these files are absent, and memory alone is limited.
    write_text(file("memory", version_ == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes"),
               version_ == 2 ? "0" : std::to_string(memory_bytes));
  }
  if (place.has("pids")) {
    set = write_text(file("pids", "pids.max"), std::to_string(processes + kOwnProcesses)) && set;
  }
  if (!set) {
    fail_evaluation("{}: the limits of the control group cannot be set: {}", name, std::strerror(errno));
  }
  for (const std::string& folder : made) {
    entrances_.emplace_back(open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  }
}

ControlGroup::~ControlGroup() {
  std::set<std::string> unique;
  for (const auto& [controller, folder] : folders_) {
    unique.insert(folder);
  }
  for (int attempt = 0; attempt < 100 && !unique.empty(); ++attempt) {
    if (attempt > 0) {
      kill_all();
      usleep(2000);
    }
    std::erase_if(unique,
                  [](const std::string& folder) { return rmdir(folder.c_str()) == 0 || errno == ENOENT; });
  }
}

std::string ControlGroup::file(const std::string& controller, const std::string& name) const {
  return folders_.at(controller) + "/" + name;
}

std::vector<int> ControlGroup::entrances() const {
  std::vector<int> result;
  for (const Descriptor& entrance : entrances_) {
    result.push_back(entrance.get());
  }
  return result;
}

std::optional<double> ControlGroup::cpu_seconds() const {
  if (version_ == 2) {
    const auto microseconds = number_after(read_text(file("memory", "cpu.stat")), "usage_usec");
    return microseconds ? std::optional(static_cast<double>(*microseconds) * 1e-6) : std::nullopt;
  }
  if (!folders_.contains("cpuacct")) {
    return std::nullopt;
  }
  const auto nanoseconds = number_after(read_text(file("cpuacct", "cpuacct.usage")), "");
  return nanoseconds ? std::optional(static_cast<double>(*nanoseconds) * 1e-9) : std::nullopt;
}

std::optional<std::size_t> ControlGroup::peak_bytes() const {
  if (!folders_.contains("memory")) {
    return std::nullopt;
  }
  const auto bytes = number_after(
      read_text(file("memory", version_ == 2 ? "memory.peak" : "memory.max_usage_in_bytes")), "");
  return bytes ? std::optional(static_cast<std::size_t>(*bytes)) : std::nullopt;
}

std::int64_t ControlGroup::memory_kills() const {
  if (!folders_.contains("memory")) {
    return 0;
  }
  const std::string text = read_text(file("memory", version_ == 2 ? "memory.events" : "memory.oom_control"));
  return number_after(text, "oom_kill").value_or(0);
}

std::int64_t ControlGroup::refused_processes() const {
  return folders_.contains("pids") ? number_after(read_text(file("pids", "pids.events")), "max").value_or(0)
                                   : 0;
}

void ControlGroup::kill_all() const {
  if (folders_.empty()) {
    return;
  }
  std::istringstream members(read_text(folders_.begin()->second + "/cgroup.procs"));
  for (int member = 0; members >> member;) {
    if (member > 1 && member != getpid()) {  // 0 stands for processes that cannot be named here
      kill(member, SIGKILL);
    }
  }
}

}  // namespace reckon::suites::sandbox
