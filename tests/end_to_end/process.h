#pragma once
// Runs the real `reckon` binary, on the suites and models of the sources.

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace reckon::test {

struct ProcessResult {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// Runs to the end. `input` goes to its stdin.
ProcessResult reckon(const std::vector<std::string>& arguments, const std::string& input = "");

/// Any program, by its path. Nothing tells it where the share folder is.
ProcessResult run_program(const std::vector<std::string>& words);

/// One document a line. Fails the test, and ends there, at a line that is no JSON.
std::vector<json::Document> json_lines(const std::string& output);

/// Starts, sends `signal` once `moment` says so, waits for the end.
ProcessResult reckon_signalled_once(const std::vector<std::string>& arguments,
                                    const std::function<bool()>& moment, int signal);

/// A moment `seconds` after `moment`.
std::function<bool()> some_time_after(std::function<bool()> moment, double seconds);

}  // namespace reckon::test
