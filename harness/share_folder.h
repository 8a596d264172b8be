#pragma once
// Where suites, models, hardware and prices lie: found from where the binary lies.

#include <string>

namespace reckon::harness {

struct ShareFolders {
  std::string suites;
  std::string data;
  std::string models;
  std::string hardware;
  std::string prices;
  std::string estimate;  ///< constants and shapes of `reckon estimate`
};

/// RECKON_SHARE when set (an installed share folder or a source tree); `<binary>/../share/reckon` when
/// installed; the source tree when run from a build folder. Errors: none of these exists, with the places
/// that were looked at.
ShareFolders find_share_folders();

/// $XDG_CACHE_HOME/reckon or ~/.cache/reckon: what `reckon fetch` brought.
std::string cache_folder();

}  // namespace reckon::harness
