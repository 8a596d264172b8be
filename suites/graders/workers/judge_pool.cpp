#include "suites/graders/workers/judge_pool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "suites/graders/workers/frame.h"
#include "suites/graders/workers/judge_worker.h"
#include "suites/graders/workers/pair_message.h"

extern char** environ;

namespace reckon::suites {
namespace {

constexpr int kAttempts = 4;

/// How a worker ended.
struct Ending {
  bool limit = false;  ///< by what the pair did; else by something outside (killed, could not start)
  std::string how;
};

Ending ending_of(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const bool own = number == SIGABRT || number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
                     number == SIGILL || number == SIGTRAP || number == SIGSYS;
    return {own, fmt::format("signal {} ({})", number, sigabbrev_np(number))};
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == kOutOfMemoryExit) return {true, fmt::format("more than {} MiB", kWorkerMemoryBytes >> 20)};
  return {false, fmt::format("exit code {}", code)};
}

class Worker {
 public:
  Worker(const std::string& program, const std::vector<std::string>& arguments) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
      fail_evaluation("a socket for a grading worker cannot be made: {}", std::strerror(errno));
    }
    socket_ = sockets[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, sockets[1], STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    // What a library writes before it aborts is not for the user; the pair is listed.
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const int failed = posix_spawn(&pid_, program.c_str(), &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(sockets[1]);
    if (failed != 0) {
      close(socket_);
      fail_evaluation("a grading worker ({}) cannot be started: {}", program, std::strerror(failed));
    }
  }

  ~Worker() {
    close(socket_);
    if (pid_ > 0) {
      if (busy_) kill(pid_, SIGKILL);
      int status = 0;
      while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      }
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool fresh() const { return asked_ == 0; }

  /// nullopt: the worker is gone; ending() says how.
  std::optional<math::Judgement> ask(std::string_view request) {
    ++asked_;
    busy_ = true;
    const double begin = cpu_seconds();
    bool too_long = false;
    std::optional<std::string> reply;
    if (send_frame(socket_, request)) {
      reply = receive_frame(socket_, [&] {
        too_long = cpu_seconds() - begin > JudgePool::kMaxCpuSeconds;
        return !too_long;
      });
    }
    if (too_long) {
      fail_evaluation("judging took more than {} s of processor time", JudgePool::kMaxCpuSeconds);
    }
    std::optional<math::Judgement> judgement = reply ? decode_judgement(*reply) : std::nullopt;
    busy_ = !judgement.has_value();
    return judgement;
  }

  /// Of a worker that did not reply.
  Ending ending() {
    shutdown(socket_, SHUT_RDWR);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return ending_of(status);
  }

 private:
  double cpu_seconds() const {
    clockid_t clock{};
    timespec now{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &now) != 0) return 0.0;
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  pid_t pid_ = -1;
  int socket_ = -1;
  std::int64_t asked_ = 0;
  bool busy_ = false;
};

}  // namespace

struct JudgePool::State {
  JudgePoolSettings settings;
  mutable std::mutex mutex;  // of everything below
  std::condition_variable freed;
  std::vector<std::unique_ptr<Worker>> idle;
  int out = 0;  // workers in use
  std::int64_t started = 0;

  /// A free worker, or a place for a new one (null).
  std::unique_ptr<Worker> take() {
    std::unique_lock<std::mutex> lock(mutex);
    freed.wait(lock, [&] { return out < settings.workers; });
    ++out;
    if (idle.empty()) return nullptr;
    std::unique_ptr<Worker> worker = std::move(idle.back());
    idle.pop_back();
    return worker;
  }

  void give_back(std::unique_ptr<Worker> worker) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      --out;
      if (worker) idle.push_back(std::move(worker));
    }
    freed.notify_one();
  }

  std::unique_ptr<Worker> start() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      ++started;
    }
    return std::make_unique<Worker>(settings.program, settings.arguments);
  }

  math::Judgement judge(std::unique_ptr<Worker>& worker, std::string_view request) {
    std::string how;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (!worker) worker = start();
      const bool fresh = worker->fresh();
      if (std::optional<math::Judgement> judgement = worker->ask(request)) return *judgement;
      const Ending ending = worker->ending();
      worker.reset();
      how = ending.how;
      if (ending.limit && fresh) {
        return {false, math::Evidence::not_decided,
                fmt::format("not decided (limit): the grading worker ended on this pair: {}", how)};
      }
    }
    fail_evaluation("a grading worker ended {} times without its own doing, last by {}", kAttempts, how);
  }
};

JudgePool::JudgePool(JudgePoolSettings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
}

JudgePool::~JudgePool() = default;

math::Judgement JudgePool::judge(std::string_view gold, std::string_view answer, const math::Policy& policy) {
  const std::string request = encode_request(gold, answer, policy);
  if (request.size() > kMaxFrameBytes) {
    return {false, math::Evidence::not_decided,
            fmt::format("not decided (limit): more than {} MiB of text", kMaxFrameBytes >> 20)};
  }
  std::unique_ptr<Worker> worker = state_->take();
  try {
    math::Judgement judgement = state_->judge(worker, request);
    state_->give_back(std::move(worker));
    return judgement;
  } catch (...) {
    worker.reset();
    state_->give_back(nullptr);
    throw;
  }
}

std::int64_t JudgePool::started() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->started;
}

}  // namespace reckon::suites
