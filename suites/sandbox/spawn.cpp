#include "suites/sandbox/spawn.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace reckon::suites::sandbox {
namespace {

/// First of the uids for boxes, far from those of accounts; the process's id is added, so that no two boxes
/// share a count of processes.
constexpr unsigned kFirstUid = 0x70000000U;

struct ResourceLimit {
  __rlimit_resource resource;
  rlimit limit;
};

/// Never above what this process itself is held to: an ordinary user may not raise it.
ResourceLimit both(__rlimit_resource resource, std::size_t value) {
  rlimit own{RLIM_INFINITY, RLIM_INFINITY};
  getrlimit(resource, &own);
  const rlim_t allowed = std::min<rlim_t>(value, own.rlim_max);
  return {resource, {allowed, allowed}};
}

std::vector<ResourceLimit> resource_limits(const Limits& limits) {
  const auto cpu = static_cast<rlim_t>(std::ceil(limits.cpu_seconds));
  return {both(RLIMIT_AS, limits.memory_bytes),
          both(RLIMIT_FSIZE, limits.file_bytes),
          both(RLIMIT_NOFILE, static_cast<std::size_t>(limits.open_files)),
          both(RLIMIT_STACK, limits.stack_bytes),
          {RLIMIT_CPU, {cpu, cpu + 1}},  // SIGXCPU, and SIGKILL a second later
          both(RLIMIT_CORE, 0),
          both(RLIMIT_MSGQUEUE, 0),
          both(RLIMIT_MEMLOCK, 0)};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  for (const std::string& word : words) {
    result.push_back(const_cast<char*>(word.c_str()));
  }
  result.push_back(nullptr);
  return result;
}

/// All that the child needs; it shares our memory and may only make system calls.
struct ChildPlan {
  const SpawnPlan* plan;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<ResourceLimit> limits;
  std::vector<int> sources;
  volatile const char* failed_step = nullptr;
  volatile int failure = 0;
};

bool is_at(ChildPlan& child, bool good, const char* step) {
  if (!good) {
    child.failed_step = step;
    child.failure = errno;
  }
  return good;
}

bool place_descriptors(ChildPlan& child) {
  // Out of the way first, so that no target is the source of another.
  const int floor = static_cast<int>(child.sources.size()) + 16;
  for (int& source : child.sources) {
    const int number = source >= 0 ? fcntl(source, F_DUPFD, floor) : open("/dev/null", O_RDWR);
    if (!is_at(child, number >= 0, "a descriptor")) {
      return false;
    }
    source = source >= 0 ? number : fcntl(number, F_DUPFD, floor);
  }
  for (std::size_t i = 0; i < child.sources.size(); ++i) {
    if (!is_at(child, dup2(child.sources[i], static_cast<int>(i)) >= 0, "a descriptor")) {
      return false;
    }
  }
  if (child.plan->keep_others) {
    return true;
  }
  return is_at(child, syscall(SYS_close_range, static_cast<unsigned>(child.sources.size()), ~0U, 0U) == 0,
               "closing other descriptors");
}

/// glibc's setuid() would ask the threads of the parent to follow; the system call itself does not.
bool drop_root() {
  const unsigned id = kFirstUid + static_cast<unsigned>(syscall(SYS_getpid));
  return syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresgid, id, id, id) == 0 &&
         syscall(SYS_setresuid, id, id, id) == 0;
}

[[noreturn]] void become(ChildPlan& child) {
  const SpawnPlan& plan = *child.plan;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    std::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  bool good = true;
  if (plan.new_session) {
    good = is_at(child, setsid() >= 0, "a session of its own");
  }
  for (std::size_t i = 0; good && i < plan.group_entrances.size(); ++i) {
    good = is_at(child, write(plan.group_entrances[i], "0", 1) == 1, "entering the control group");
  }
  good = good && is_at(child, chdir("/") == 0, "the root folder") && place_descriptors(child);
  if (good && plan.drop_root && geteuid() == 0) {
    good = is_at(child, drop_root(), "becoming an ordinary user");
  }
  for (std::size_t i = 0; good && i < child.limits.size(); ++i) {
    good = is_at(child, setrlimit(child.limits[i].resource, &child.limits[i].limit) == 0, "a resource limit");
  }
  if (good) {
    execve(child.argv[0], child.argv.data(), child.envp.data());
    is_at(child, false, "the program");
  }
  _exit(127);
}

}  // namespace

pid_t spawn(const SpawnPlan& plan) {
  ChildPlan child;
  child.plan = &plan;
  child.argv = pointers(plan.command);
  child.envp = pointers(plan.environment);
  if (plan.limit_resources) {
    child.limits = resource_limits(plan.limits);
  }
  child.sources = plan.descriptors;
  // No handler of ours may run in the child while it shares our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t process = vfork();
  if (process == 0) {
    become(child);
  }
  const int fork_failure = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (process < 0) {
    fail_evaluation("no process for a sandbox: {}", std::strerror(fork_failure));
  }
  if (child.failed_step != nullptr) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    const char* step = const_cast<const char*>(child.failed_step);
    fail_evaluation("a sandbox cannot be started: {} ({}): {}", step, plan.command.front(),
                    std::strerror(child.failure));
  }
  return process;
}

}  // namespace reckon::suites::sandbox
