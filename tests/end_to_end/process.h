#pragma once
// Runs the real `reckon` binary.

#include <functional>
#include <string>
#include <vector>

namespace reckon::test {

struct ProcessResult {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// Runs to the end. `input` goes to its stdin.
ProcessResult reckon(const std::vector<std::string>& arguments, const std::string& input = "");

/// Starts, waits `seconds`, kills with SIGKILL when still running. `killed` says whether it came to that.
ProcessResult reckon_killed_after(const std::vector<std::string>& arguments, double seconds, bool& killed);

/// Starts, sends `signal` once `moment` says so, waits for the end.
ProcessResult reckon_signalled_once(const std::vector<std::string>& arguments,
                                    const std::function<bool()>& moment, int signal);

}  // namespace reckon::test
