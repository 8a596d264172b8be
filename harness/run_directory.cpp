#include "harness/run_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/error.h"
#include "harness/clock.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  return text.size() <= kLongest ? text : fmt::format("{}...", std::string_view(text).substr(0, kLongest));
}

void collect_differences(const json::Value& before, const json::Value& now, const std::string& path,
                         std::vector<std::string>& found, std::size_t limit) {
  if (found.size() >= limit || before == now) return;
  if (before.IsObject() && now.IsObject()) {
    for (const auto& member : before.GetObject()) {
      const std::string inner = path + (path.empty() ? "" : ".") + member.name.GetString();
      const auto other = now.FindMember(member.name);
      if (other == now.MemberEnd()) {
        if (found.size() < limit) found.push_back(inner + ": in the run, not in this command");
      } else {
        collect_differences(member.value, other->value, inner, found, limit);
      }
    }
    for (const auto& member : now.GetObject()) {
      if (!before.HasMember(member.name) && found.size() < limit) {
        found.push_back(fmt::format("{}{}{}: not in the run, but in this command", path,
                                    path.empty() ? "" : ".", member.name.GetString()));
      }
    }
    return;
  }
  found.push_back(fmt::format("{}: {} in the run, {} now", path, shortened(json::dump(before)),
                              shortened(json::dump(now))));
}

std::string counters_json(const ModelCounters& counters) {
  return fmt::format(
      R"({{"busy_seconds":{:.6f},"prefill_seconds":{:.6f},"decode_seconds":{:.6f},"prefill_tokens":{},"decode_tokens":{},)"
      R"("cached_prompt_tokens":{},"steps":{},"preemptions":{}}})",
      counters.busy_seconds, counters.prefill_seconds, counters.decode_seconds, counters.prefill_tokens,
      counters.decode_tokens, counters.cached_prompt_tokens, counters.steps, counters.preemptions);
}

}  // namespace

std::vector<std::string> json_differences(const json::Value& before, const json::Value& now,
                                          std::size_t limit) {
  std::vector<std::string> found;
  collect_differences(before, now, "", found, limit);
  return found;
}

std::string sample_file(const std::string& task) {
  std::string name;
  for (const char c : task) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  return "samples/" + name + ".jsonl";
}

namespace {

constexpr const char* kProbe = ".probe";

/// Nothing, or what a check that was killed has left.
bool holds_no_samples(const fs::path& folder) {
  const auto left_over = [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with(kProbe);
  };
  return std::all_of(fs::directory_iterator(folder), fs::directory_iterator(), left_over);
}

/// A folder that is no run's, and not one that a start was killed in before it wrote run.json.
void refuse_other_files(const std::string& path) {
  if (!fs::is_directory(path) || fs::exists(path + "/run.json")) return;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name == "lock" || (name == "samples" && holds_no_samples(entry.path())) || name.ends_with(".part"))
      continue;
    fail_input("{}: is not empty and holds no run.json ('{}' is in it); choose another --output_path", path,
               name);
  }
}

}  // namespace

void check_writable_run_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path + "/samples", error);
  if (error) fail_input("{}: cannot be created: {}; choose another --output_path", path, error.message());
  // Trying is the only sure test: permissions, read-only mounts and full disks all answer here.
  const std::string probe = path + "/samples/" + kProbe;
  try {
    write_file_atomically(probe, "reckon\n");
  } catch (const Error& failure) {
    fail_input("{}; choose another --output_path", failure.what());
  }
  fs::remove(probe, error);
}

RunDirectory::RunDirectory(const std::string& path) : path_(path) {
  refuse_other_files(path_);
  check_writable_run_directory(path_);
  take_lock();
  launch_started_ = monotonic_seconds();
}

RunDirectory::RunDirectory(const std::string& path, const json::Value& manifest) : RunDirectory(path) {
  enter(manifest);
}

void RunDirectory::enter(const json::Value& manifest) {
  const std::string manifest_path = path_ + "/run.json";
  resumed_ = fs::exists(manifest_path);
  if (resumed_) {
    const json::Document before = json::parse_file(manifest_path);
    const json::ObjectReader reader(before, manifest_path);
    const json::Value* identity = reader.find("identity");
    if (identity == nullptr)
      fail_input("{}: has no 'identity'; not a run directory of this program", manifest_path);
    const auto differences = json_differences(*identity, manifest["identity"], 5);
    if (!differences.empty()) {
      fail_input(
          "{}: this folder holds a run made with other settings:\n  {}\nrun the same command to resume it, "
          "or "
          "choose another --output_path",
          path_, fmt::join(differences, "\n  "));
    }
  } else {
    write_file_atomically(manifest_path, json::dump_pretty(manifest) + "\n");
  }
  launches_ = std::make_unique<LineAppender>(path_ + "/launches.jsonl");
}

RunDirectory::~RunDirectory() {
  if (lock_descriptor_ >= 0) ::close(lock_descriptor_);
}

void RunDirectory::take_lock() {
  const std::string lock = path_ + "/lock";
  lock_descriptor_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_descriptor_ < 0) fail_input("{}: cannot be created: {}", lock, std::strerror(errno));
  // The lock is the kernel's: it goes with the process, however that ends.
  if (::flock(lock_descriptor_, LOCK_EX | LOCK_NB) != 0) {
    fail_input("{}: another process is working in this folder; wait for it, or choose another --output_path",
               path_);
  }
}

TaskProgress RunDirectory::recorded(const std::string& task) const {
  TaskProgress progress;
  const std::string path = path_ + "/" + sample_file(task);
  if (!fs::exists(path)) return progress;
  const std::string content = read_file(path, std::size_t{1} << 36);
  std::size_t begin = 0;
  for (std::size_t number = 1; begin < content.size(); ++number) {
    const std::size_t end = content.find('\n', begin);
    if (end == std::string::npos) break;  // torn: it is cut off before the next append, and asked again
    const std::string source = fmt::format("{}: line {}", path, number);
    const RecordedSample sample =
        read_recorded_sample(std::string_view(content).substr(begin, end - begin), source);
    if (sample.finished) progress.finished[{sample.doc_id, sample.repeat}] = sample;
    begin = end + 1;
  }
  return progress;
}

void RunDirectory::append_launch_line(const std::string& line) { launches_->append(line); }

int RunDirectory::start_launch(const std::string& device_json, const std::string& host_json,
                               DeviceEnergyMeter devices) {
  const std::string content = read_file(path_ + "/launches.jsonl", std::size_t{1} << 32);
  int next = 0;
  for (std::size_t at = content.find("\"event\":\"start\""); at != std::string::npos;
       at = content.find("\"event\":\"start\"", at + 1)) {
    ++next;
  }
  launch_ = next;
  device_energy_ = std::move(devices);
  append_launch_line(fmt::format(
      R"({{"launch":{},"event":"start","time":"{}","unix_seconds":{:.3f},"load_seconds":{:.3f},"pid":{},"host":{},"device":{}}})",
      launch_, utc_now(), unix_seconds(), launch_seconds(), ::getpid(), host_json, device_json));
  return launch_;
}

double RunDirectory::launch_seconds() const { return monotonic_seconds() - launch_started_; }

// ,"energy_joules":12.345,"device_energy_joules":67.89 where meters can be read, nothing elsewhere.
std::string RunDirectory::energy_fields() {
  const std::optional<double> processors = energy_.joules();
  const std::optional<double> devices = device_energy_.joules();
  return (processors ? fmt::format(R"(,"energy_joules":{:.3f})", *processors) : std::string()) +
         (devices ? fmt::format(R"(,"device_energy_joules":{:.3f})", *devices) : std::string());
}

void RunDirectory::heartbeat(const ModelCounters& counters, double grading_seconds) {
  append_launch_line(fmt::format(
      R"({{"launch":{},"event":"heartbeat","wall_seconds":{:.3f},"grading_seconds":{:.3f}{},"engine":{}}})",
      launch_, launch_seconds(), grading_seconds, energy_fields(), counters_json(counters)));
}

void RunDirectory::end_launch(const ModelCounters& counters, double grading_seconds,
                              const std::string& status) {
  append_launch_line(fmt::format(
      R"({{"launch":{},"event":"end","wall_seconds":{:.3f},"grading_seconds":{:.3f}{},"status":"{}","engine":{}}})",
      launch_, launch_seconds(), grading_seconds, energy_fields(), status, counters_json(counters)));
}

void RunDirectory::append_sample(const std::string& task, const std::string& line) {
  std::unique_ptr<LineAppender>& file = samples_[task];
  if (!file) file = std::make_unique<LineAppender>(path_ + "/" + sample_file(task));
  file->append(line);
}

}  // namespace reckon::harness
