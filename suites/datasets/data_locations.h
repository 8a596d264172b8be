#pragma once
// Where datasets are looked for.

#include <string>
#include <vector>

namespace reckon::suites {

/// Folders in the order in which they are searched; empty ones are passed over. A dataset named
/// "math/gsm8k_test.jsonl" is that path below one of them (".gz" appended is tried too).
struct DataLocations {
  std::string data_dir;           ///< --data_dir
  std::string environment;        ///< RECKON_DATA
  std::string share_data_folder;  ///< share/reckon/data beside the binary
  std::string cache_dir;          ///< where `reckon fetch` stores

  /// The folders to look in, in order.
  std::vector<std::string> folders() const;
  /// The path of the dataset file. Errors: found nowhere (names the folders and the remedy `advice`), an
  /// absolute path or "..".
  std::string find(const std::string& relative, const std::string& asked_by, const std::string& advice) const;
};

}  // namespace reckon::suites
