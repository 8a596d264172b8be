#pragma once
// One run of one program in a box: its input, its output, and how it ended.

#include <string>
#include <string_view>
#include <vector>

#include "suites/sandbox/box.h"
#include "suites/sandbox/outcome.h"

namespace reckon::suites::sandbox {

inline constexpr const char* kPython = "/usr/bin/python3";
inline constexpr const char* kCompiler = "/usr/bin/g++";

enum class Language { python3, cpp20 };
/// "python3" or "c++20" (also "cpp", "c++"). Errors: another name, with those known.
Language language_of(std::string_view name);
const char* to_string(Language language);

struct ProgramRun {
  Outcome outcome;
  BoxEnd end;
  Stop stop = Stop::none;
  std::string output;
  std::string error_output;
};

/// A program ready to be run.
struct Program {
  Language language = Language::python3;
  std::string text;  ///< the source of Python, the executable of C++
};

/// Compiles C++ in a box of its own, whose time is not the program's; Python is taken as it is. `failure`
/// says why there is none.
struct Compilation {
  Program program;
  Outcome failure;  ///< category `passed`: compiled
};
Compilation compile(Language language, std::string_view source, const Layers& without = {});

/// Runs it, and again alone where the first try came near its limits (see deserves_second_try()).
ProgramRun run_program(const Program& program, std::string_view input, const Limits& limits,
                       const Layers& without = {});

/// Python's options: nothing of the user or of installed packages is read, hashes and so orders are fixed.
std::vector<std::string> python_command(const std::string& script);

}  // namespace reckon::suites::sandbox
