#pragma once
// What this program is: for `--version` and for run.json.

#include <string>

namespace reckon::harness {

struct Version {
  std::string version;   ///< "0.1.0"
  std::string commit;    ///< abbreviated, with "-dirty" when the tree had changes; "unknown" outside of git
  std::string compiler;  ///< "g++ 12.2.0"
};

Version version();

}  // namespace reckon::harness
