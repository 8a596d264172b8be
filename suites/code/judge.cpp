#include "suites/code/judge.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "suites/code/execution.h"
#include "suites/code/scripts.h"
#include "suites/sandbox/run_program.h"
#include "suites/sandbox/watch.h"

namespace reckon::suites::code {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;
/// How many times its CPU limit a judge may take by the clock, and something for a busy machine.
constexpr double kClockFactor = 4.0;
constexpr double kClockSeconds = 20.0;

sandbox::Limits judge_limits() {
  sandbox::Limits limits;
  limits.cpu_seconds = 1e6;  // it lives through many problems; each fork has a limit of its own
  limits.memory_bytes = std::size_t{3} << 30;
  limits.processes = 16;
  limits.file_bytes = std::size_t{1} << 20;
  return limits;
}

/// All bytes, on a socket whose other end may be slow or gone.
bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::array<char, 8> length_bytes(std::size_t length) {
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(length >> (8 * i));
  }
  return bytes;
}

bool send_with_descriptors(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
  }
  ssize_t sent = 0;
  while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return sent == static_cast<ssize_t>(bytes.size());
}

sandbox::Category category_of(std::string_view name) {
  using sandbox::Category;
  for (const Category category : {Category::passed, Category::wrong_answer, Category::exception,
                                  Category::syntax_error, Category::timeout, Category::memory}) {
    if (name == to_string(category)) {
      return category;
    }
  }
  return Category::infrastructure;
}

/// The solver ended before the judge had what it needs: its end says why.
sandbox::Outcome outcome_of_end(const sandbox::BoxEnd& end, const sandbox::Limits& limits, sandbox::Stop stop,
                                double waited_seconds) {
  sandbox::Outcome outcome = classify(end, limits, stop, waited_seconds);
  if (outcome.category == sandbox::Category::passed) {
    outcome = {sandbox::Category::exception, "the program ended itself before it gave a value"};
  }
  return outcome;
}

}  // namespace

Judge::Judge(const sandbox::Layers& without) : without_(without) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    fail_evaluation("no socket to a judge: {}", std::strerror(errno));
  }
  socket_ = sandbox::Descriptor(ends[0]);
  const sandbox::Descriptor theirs(ends[1]);
  const timeval patience{60, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sandbox::BoxSpec spec;
  spec.files = {{"/box/judge.py", judge_script()}};
  spec.command = sandbox::python_command("/box/judge.py");
  spec.limits = judge_limits();
  spec.descriptors = {-1, -1, -1, theirs.get()};
  spec.without = without;
  box_ = std::make_unique<sandbox::Box>(spec);
}

Judge::~Judge() = default;

bool Judge::alive() const {
  pollfd item{box_->ended_descriptor(), POLLIN, 0};
  return !broken_ && poll(&item, 1, 0) == 0;
}

bool Judge::send(const Job& job, int to_solver, int from_solver) {
  std::string request = job.request;
  const std::size_t end = request.rfind('}');
  request.insert(end, fmt::format(R"(,"cpu_seconds":{})", job.judge_cpu_seconds));
  const std::array<char, 8> head = length_bytes(request.size());
  std::vector<int> descriptors;
  if (job.has_solver) {
    descriptors = {to_solver, from_solver};
  }
  return send_with_descriptors(socket_.get(), {head.data(), head.size()}, descriptors) &&
         send_all(socket_.get(), request);
}

std::string Judge::receive(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::string bytes;
  std::size_t wanted = 8;
  bool has_length = false;
  while (bytes.size() < wanted || !has_length) {
    if (bytes.size() == wanted) {
      wanted = 0;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        wanted |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
      }
      has_length = true;
      bytes.clear();
      if (wanted == 0 || wanted > kMaxReplyBytes) {
        return "";
      }
    }
    const double left = std::chrono::duration<double>(deadline - std::chrono::steady_clock::now()).count();
    pollfd item{socket_.get(), POLLIN, 0};
    if (left <= 0 || poll(&item, 1, static_cast<int>(1000 * left) + 1) == 0) {
      return "";
    }
    char buffer[65536];
    const ssize_t count = recv(socket_.get(), buffer, std::min(sizeof buffer, wanted - bytes.size()), 0);
    if (count == 0 || (count < 0 && errno != EINTR)) {
      return "";
    }
    bytes.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return bytes;
}

Judged Judge::run(const Job& job) {
  Judged judged;
  const double judge_clock = kClockFactor * job.judge_cpu_seconds + kClockSeconds;
  std::unique_ptr<sandbox::Box> solver;
  std::unique_ptr<sandbox::Capture> printed;
  sandbox::Pipe requests;
  sandbox::Pipe answers;
  if (job.has_solver) {
    requests = sandbox::make_pipe();
    answers = sandbox::make_pipe();
    sandbox::Pipe output = sandbox::make_pipe(true);
    const sandbox::Descriptor code = sandbox::memory_file(job.solver_code);
    sandbox::BoxSpec spec;
    spec.files = {{"/box/solver.py", solver_script()}};
    spec.command = sandbox::python_command("/box/solver.py");
    spec.limits = job.solver_limits;
    spec.descriptors = {code.get(), output.write.get(), output.write.get(), requests.read.get(),
                        answers.write.get()};
    spec.without = without_;
    solver = std::make_unique<sandbox::Box>(spec);
    printed = std::make_unique<sandbox::Capture>(std::move(output.read), job.solver_limits.output_bytes);
  }
  const bool sent = send(job, requests.write.get(), answers.read.get());
  // The judge and the solver now hold the only ends: each sees the end of the other.
  requests = {};
  answers = {};
  sandbox::WatchResult watched;
  if (sent && solver) {
    watched = sandbox::watch(*solver, job.solver_limits, without_, {printed.get()}, socket_.get());
  }
  judged.stop = watched.stop;
  judged.reply = sent ? receive(judge_clock) : "";
  std::string category;
  std::string detail;
  if (!judged.reply.empty()) {
    const json::Document reply = json::parse(judged.reply, "the judge's reply");
    const json::ObjectReader reader(reply, "the judge's reply");
    category = reader.get_string("category");
    detail = reader.get_string("detail");
  }
  if (solver) {
    if (category == "gone" && watched.stop == sandbox::Stop::none) {
      // It is about to end, or hides from the judge: how it ends says which.
      watched = sandbox::watch(*solver, job.solver_limits, without_, {printed.get()});
      judged.stop = watched.stop;
    }
    solver->kill();
    judged.end = solver->wait();
  }
  if (category.empty()) {
    broken_ = true;
    judged.outcome = {sandbox::Category::infrastructure, "the judge gave no verdict"};
    return judged;
  }
  judged.needs_solver = category == "needs solver";
  judged.outcome = {category_of(category), detail};
  if (category == "gone" || watched.stop != sandbox::Stop::none) {
    judged.outcome = outcome_of_end(judged.end, job.solver_limits, watched.stop, watched.waited_seconds);
  } else if (judged.outcome.category == sandbox::Category::exception && judged.end.processes_refused) {
    judged.outcome.category = sandbox::Category::process_limit;
  }
  return judged;
}

namespace {

struct Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Judge>> idle;
};

Pool& pool() {
  static Pool judges;
  return judges;
}

}  // namespace

JudgeLoan::JudgeLoan() {
  {
    const std::lock_guard lock(pool().mutex);
    std::erase_if(pool().idle, [](const std::unique_ptr<Judge>& judge) { return !judge->alive(); });
    if (!pool().idle.empty()) {
      judge_ = std::move(pool().idle.back());
      pool().idle.pop_back();
    }
  }
  if (!judge_) {
    judge_ = std::make_unique<Judge>(layers_left_out());
  }
}

JudgeLoan::~JudgeLoan() {
  if (judge_->alive()) {
    const std::lock_guard lock(pool().mutex);
    pool().idle.push_back(std::move(judge_));
  }
}

}  // namespace reckon::suites::code
