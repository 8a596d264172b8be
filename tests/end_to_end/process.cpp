#include "tests/end_to_end/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  pid_t pid = -1;
  int input = -1;
  int output = -1;
  int errors = -1;
};

/// `share`: what RECKON_SHARE is set to; "" leaves it unset.
Child start(std::vector<std::string> words, const std::string& share) {
  int in[2];
  int out[2];
  int err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipes");
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    if (share.empty()) {
      unsetenv("RECKON_SHARE");
    } else {
      setenv("RECKON_SHARE", share.c_str(), 1);
    }
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  return {pid, in[1], out[0], err[0]};
}

Child start_reckon(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RECKON_BINARY);
  return start(std::move(arguments), source_file(""));
}

using Moment = std::function<bool()>;

// Reads both pipes until they close; once `moment` has come sends `signal`, unless that is 0.
ProcessResult finish(Child child, const std::string& input, const Moment& moment, int signal) {
  bool sent = signal == 0;
  std::signal(SIGPIPE, SIG_IGN);
  std::size_t written = 0;
  while (written < input.size()) {
    const ssize_t count = write(child.input, input.data() + written, input.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  close(child.input);
  ProcessResult result;
  std::array<pollfd, 2> ends = {pollfd{child.output, POLLIN, 0}, pollfd{child.errors, POLLIN, 0}};
  int open = 2;
  while (open > 0) {
    if (!sent && moment()) {
      kill(child.pid, signal);
      sent = true;
    }
    poll(ends.data(), ends.size(), sent ? 100 : 1);
    for (pollfd& end : ends) {
      if (end.fd < 0 || end.revents == 0) continue;
      std::array<char, 65536> chunk;
      const ssize_t count = read(end.fd, chunk.data(), chunk.size());
      if (count <= 0) {
        close(end.fd);
        end.fd = -1;
        --open;
      } else {
        (end.fd == child.output ? result.output : result.errors)
            .append(chunk.data(), static_cast<std::size_t>(count));
      }
    }
  }
  int status = 0;
  waitpid(child.pid, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace

ProcessResult reckon(const std::vector<std::string>& arguments, const std::string& input) {
  return finish(start_reckon(arguments), input, {}, 0);
}

ProcessResult run_program(const std::vector<std::string>& words) {
  return finish(start(words, ""), "", {}, 0);
}

std::vector<json::Document> json_lines(const std::string& output) {
  std::vector<json::Document> documents;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) {
    try {
      documents.push_back(json::parse(line, "output"));
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << ": " << line;
      break;
    }
  }
  return documents;
}

ProcessResult reckon_signalled_once(const std::vector<std::string>& arguments,
                                    const std::function<bool()>& moment, int signal) {
  return finish(start_reckon(arguments), "", moment, signal);
}

std::function<bool()> some_time_after(std::function<bool()> moment, double seconds) {
  return [moment = std::move(moment), seconds, came = std::optional<Clock::time_point>()]() mutable {
    if (!came && moment()) came = Clock::now();
    return came && std::chrono::duration<double>(Clock::now() - *came).count() >= seconds;
  };
}

}  // namespace reckon::test
