#include "suites/sandbox/box.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "suites/sandbox/bubblewrap.h"
#include "suites/sandbox/control_group.h"
#include "suites/sandbox/seccomp_filter.h"
#include "suites/sandbox/spawn.h"

extern char** environ;

namespace reckon::suites::sandbox {
namespace {

/// How long a killed process may take to go; the kernel needs milliseconds.
constexpr int kEndMilliseconds = 20'000;

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// CPU time of a process and of those of its children that have ended and were waited for (proc(5),
/// /proc/pid/stat, fields 14 to 17); 0 when it is gone.
double used_cpu_seconds(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');  // the name itself may hold anything
  if (name_end == std::string::npos) {
    return 0.0;
  }
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    fields >> skipped;
  }
  double ticks = 0.0;
  double value = 0.0;
  for (int field = 14; field <= 17 && fields >> value; ++field) {
    ticks += value;
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// bubblewrap does not wait for the first process of a box; its time is counted where it is waited for.
void adopt_orphans() {
  static const bool done = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
  static_cast<void>(done);
}

bool is_readable(int descriptor, int milliseconds) {
  pollfd item{descriptor, POLLIN, 0};
  int result = 0;
  while ((result = poll(&item, 1, milliseconds)) < 0 && errno == EINTR) {
  }
  return result > 0;
}

/// Status and CPU seconds of a child, waited for until it is gone.
struct Reaped {
  bool gone = false;
  int status = 0;
  double cpu_seconds = 0.0;
};

Reaped reap(int process) {
  Reaped result;
  rusage usage{};
  for (int waited = 0; waited <= kEndMilliseconds; ++waited) {
    const pid_t found = wait4(process, &result.status, WNOHANG, &usage);
    if (found == process) {
      result.gone = true;
      result.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
      return result;
    }
    if (found < 0 && errno != EINTR) {
      result.gone = errno == ECHILD;  // bubblewrap itself has waited for it
      return result;
    }
    usleep(1000);
  }
  return result;
}

std::vector<std::string> environment_of(const BoxSpec& spec) {
  std::vector<std::string> result;
  if (spec.without.contains(Layer::empty_environment)) {
    for (char** variable = environ; *variable != nullptr; ++variable) {
      result.emplace_back(*variable);
    }
  } else if (spec.without.contains(Layer::bubblewrap)) {
    result = {"PATH=/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8", "PYTHONHASHSEED=0"};
  }
  return result;
}

/// Without bubblewrap, files lie in a folder of their own, and the command names them there.
std::string write_files(const std::vector<BoxFile>& files, std::vector<std::string>& command) {
  std::string folder = (std::filesystem::temp_directory_path() / "reckon-box-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    fail_evaluation("{}: cannot be made: {}", folder, std::strerror(errno));
  }
  chmod(folder.c_str(), 0755);
  for (const BoxFile& file : files) {
    const std::string path = folder + "/" + std::filesystem::path(file.path).filename().string();
    std::ofstream(path, std::ios::binary)
        .write(file.content.data(), static_cast<std::streamsize>(file.content.size()));
    chmod(path.c_str(), file.executable ? 0555 : 0444);
    for (std::string& word : command) {
      for (std::size_t place = 0; (place = word.find(file.path, place)) != std::string::npos;
           place += path.size()) {
        word.replace(place, file.path.size(), path);
      }
    }
  }
  return folder;
}

}  // namespace

const char* to_string(Layer layer) {
  switch (layer) {
    case Layer::bubblewrap:
      return "bubblewrap";
    case Layer::ordinary_user:
      return "ordinary user";
    case Layer::empty_environment:
      return "empty environment";
    case Layer::private_files:
      return "private files";
    case Layer::read_only_root:
      return "read-only root";
    case Layer::sized_tmp:
      return "sized tmp";
    case Layer::no_proc:
      return "no proc";
    case Layer::pid_namespace:
      return "pid namespace";
    case Layer::ipc_namespace:
      return "ipc namespace";
    case Layer::uts_namespace:
      return "uts namespace";
    case Layer::network_namespace:
      return "network namespace";
    case Layer::new_session:
      return "new session";
    case Layer::closed_files:
      return "closed files";
    case Layer::seccomp:
      return "seccomp";
    case Layer::control_group:
      return "control group";
    case Layer::resource_limits:
      return "resource limits";
    case Layer::wall_clock:
      return "wall clock";
    case Layer::output_limit:
      return "output limit";
  }
  return "";
}

Box::Box(const BoxSpec& spec) {
  adopt_orphans();
  const auto keeps = [&](Layer layer) { return !spec.without.contains(layer); };
  SpawnPlan plan;
  plan.descriptors = spec.descriptors;
  plan.environment = environment_of(spec);
  plan.keep_others = !keeps(Layer::closed_files);
  plan.drop_root = keeps(Layer::ordinary_user);
  plan.limit_resources = keeps(Layer::resource_limits);
  plan.new_session = keeps(Layer::new_session);
  plan.limits = spec.limits;

  std::vector<Descriptor> own;
  Pipe status;
  if (keeps(Layer::bubblewrap)) {
    BubblewrapDescriptors numbers;
    const auto hand_over = [&](int descriptor) {
      plan.descriptors.push_back(descriptor);
      return static_cast<int>(plan.descriptors.size()) - 1;
    };
    status = make_pipe(true);
    numbers.status = hand_over(status.write.get());
    if (keeps(Layer::seccomp)) {
      own.push_back(seccomp_filter());
      numbers.filter = hand_over(own.back().get());
    }
    for (const BoxFile& file : spec.files) {
      own.push_back(memory_file(file.content));
      numbers.files.push_back(hand_over(own.back().get()));
    }
    plan.command = bubblewrap_command(spec, numbers);
  } else {
    plan.command = spec.command;
    own_group_ = plan.new_session;
    if (!spec.files.empty()) {
      folder_ = write_files(spec.files, plan.command);
    }
  }
  if (keeps(Layer::control_group) && control_group_place().version != 0) {
    group_ = std::make_unique<ControlGroup>(control_group_place(), spec.limits.memory_bytes,
                                            spec.limits.processes);
    plan.group_entrances = group_->entrances();
  }
  start_seconds_ = now_seconds();
  outer_ = spawn(plan);
  process_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, outer_, 0U)));
  status_ = std::move(status.read);
}

Box::~Box() {
  if (outer_ < 0) {
    return;
  }
  try {
    kill();
    wait();
  } catch (const std::exception&) {
    // Nobody asks any more how it ended; it was killed before anything could fail.
  }
}

double Box::wall_seconds() const { return now_seconds() - start_seconds_; }

std::optional<double> Box::cpu_seconds() const { return group_ ? group_->cpu_seconds() : std::nullopt; }

double Box::longest_wait_seconds() {
  read_status();
  double longest = 0.0;
  living_cpu_seconds_ = 0.0;
  std::vector<int> processes = {inner_ > 0 ? inner_ : outer_};
  while (!processes.empty() && processes.back() > 0) {
    living_cpu_seconds_ += used_cpu_seconds(processes.back());
    const std::string folder = fmt::format("/proc/{}/task", processes.back());
    processes.pop_back();
    std::error_code gone;
    for (const std::filesystem::directory_entry& thread : std::filesystem::directory_iterator(folder, gone)) {
      // Nanoseconds on a processor, nanoseconds of waiting for one, and how often.
      std::ifstream statistics(thread.path() / "schedstat");
      double running = 0.0;
      double waiting = 0.0;
      if (statistics >> running >> waiting) {
        longest = std::max(longest, waiting * 1e-9);
      }
      std::ifstream children(thread.path() / "children");
      for (int child = 0; children >> child;) {
        processes.push_back(child);
      }
    }
  }
  return longest;
}

void Box::kill() {
  if (outer_ < 0) {
    return;
  }
  ::kill(own_group_ ? -outer_ : outer_, SIGKILL);
  if (group_) {
    group_->kill_all();
  }
}

/// Lines of --json-status-fd: {"child-pid": 17, ...} first.
void Box::read_status() {
  char buffer[512];
  ssize_t count = 0;
  while (status_ && (count = read(status_.get(), buffer, sizeof buffer)) > 0) {
    status_text_.append(buffer, static_cast<std::size_t>(count));
  }
  constexpr std::string_view key = "\"child-pid\":";
  const std::size_t place = status_text_.find(key);
  if (place != std::string::npos) {
    inner_ = std::atoi(status_text_.c_str() + place + key.size());
  }
}

BoxEnd Box::wait() {
  BoxEnd end;
  is_readable(process_.get(), -1);
  end.wall_seconds = wall_seconds();
  const Reaped outer = reap(outer_);
  read_status();
  double cpu = std::max(outer.cpu_seconds, living_cpu_seconds_);
  bool gone = outer.gone;
  if (inner_ > 0) {
    // The program's end took bubblewrap with it, and that takes the box's first process and all others.
    ::kill(inner_, SIGKILL);
    const Reaped inner = reap(inner_);
    gone = gone && inner.gone;
    cpu = std::max(outer.cpu_seconds + inner.cpu_seconds, living_cpu_seconds_);
  } else if (own_group_) {
    ::kill(-outer_, SIGKILL);
  }
  outer_ = -1;
  process_.reset();
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  end.exit_code = WIFSIGNALED(outer.status) ? 128 + WTERMSIG(outer.status) : WEXITSTATUS(outer.status);
  end.cpu_seconds = cpu;
  if (group_) {
    end.cpu_seconds = group_->cpu_seconds().value_or(cpu);
    end.peak_bytes = group_->peak_bytes();
    end.memory_kill = group_->memory_kills() > 0;
    end.processes_refused = group_->refused_processes() > 0;
    group_.reset();
  }
  if (!gone) {
    fail_evaluation("a killed sandbox did not end within {} s", kEndMilliseconds / 1000);
  }
  return end;
}

}  // namespace reckon::suites::sandbox
