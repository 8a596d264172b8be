#pragma once
// The command line of bubblewrap for a box.

#include <string>
#include <vector>

#include "suites/sandbox/box.h"

namespace reckon::suites::sandbox {

inline constexpr const char* kBubblewrap = "/usr/bin/bwrap";
inline constexpr const char* kPrlimit = "/usr/bin/prlimit";

/// The numbers that bubblewrap finds its own descriptors at.
struct BubblewrapDescriptors {
  int status = -1;
  int filter = -1;
  std::vector<int> files;  ///< contents of BoxSpec::files
};

std::vector<std::string> bubblewrap_command(const BoxSpec& spec, const BubblewrapDescriptors& descriptors);

}  // namespace reckon::suites::sandbox
