#pragma once
// What this program is: for `--version` and for run.json.

#include <string>

namespace reckon::harness {

struct Version {
  std::string version;  ///< "0.1.0"
  /// Abbreviated, with "-dirty" when the tree had changes (which only git itself can tell: without the
  /// program it is the commit that is checked out); "unknown" outside of a repository.
  std::string commit;
  std::string compiler;  ///< "g++ 12.2.0"
};

Version version();

}  // namespace reckon::harness
