#pragma once
// Errors that a person reads: what was wrong, in which file or field, at which byte or line, what to do.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace reckon {

/// The process exit codes that the command line promises.
enum class ExitCode : int {
  done = 0,           ///< done, or: no regression
  regression = 1,     ///< a regression was found
  bad_input = 2,      ///< bad usage or bad input
  not_evaluated = 3,  ///< could not evaluate (infrastructure)
  inconclusive = 4,   ///< the comparison decided nothing
};

/// The one exception type of the project. `what()` is the whole message for the user.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ExitCode code = ExitCode::bad_input)
      : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Throws a bad-input Error (exit code 2) with a formatted message.
template <typename... Args>
[[noreturn]] void fail_input(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...), ExitCode::bad_input);
}

/// Throws an infrastructure Error (exit code 3): the input was fine, the machine was not.
template <typename... Args>
[[noreturn]] void fail_evaluation(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...), ExitCode::not_evaluated);
}

}  // namespace reckon
