#pragma once
// Attacks on the sandbox: Python programs that print SUCCEEDED when they get what they want.

#include <string>
#include <vector>

#include "suites/sandbox/limits.h"

namespace reckon::suites::sandbox::test {

struct Attack {
  const char* name;
  Layers opened;       ///< without these the attack works
  const char* source;  ///< may name {SECRET} (a file outside), {FOLDER} (a folder anyone may write), {PORT},
                       ///< {PID}, {KEY}
};

std::vector<Attack> file_attacks();
std::vector<Attack> process_attacks();
std::vector<Attack> system_call_attacks();

}  // namespace reckon::suites::sandbox::test
