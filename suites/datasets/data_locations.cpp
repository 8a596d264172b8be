#include "suites/datasets/data_locations.h"

#include <filesystem>

#include <fmt/ranges.h>

#include "base/error.h"

namespace reckon::suites {

namespace fs = std::filesystem;

std::vector<std::string> DataLocations::folders() const {
  std::vector<std::string> result;
  for (const std::string* folder : {&data_dir, &environment, &share_data_folder, &cache_dir}) {
    if (!folder->empty()) {
      result.push_back(*folder);
    }
  }
  return result;
}

std::string DataLocations::find(const std::string& relative, const std::string& asked_by,
                                const std::string& advice) const {
  const fs::path path(relative);
  for (const fs::path& part : path) {
    if (part == "..") {
      fail_input("{}: the dataset path '{}' leaves the data folder", asked_by, relative);
    }
  }
  if (path.is_absolute() || relative.empty()) {
    fail_input("{}: the dataset path '{}' must be relative to a data folder", asked_by, relative);
  }
  std::error_code ignored;
  for (const std::string& folder : folders()) {
    for (const char* suffix : {"", ".gz", ".zst"}) {
      const fs::path candidate = fs::path(folder) / (relative + suffix);
      if (fs::is_regular_file(candidate, ignored)) {
        return candidate.string();
      }
    }
  }
  const std::vector<std::string> searched = folders();
  fail_input("{}: the dataset '{}' was not found in {}; {}", asked_by, relative,
             searched.empty() ? "any folder, as none is given" : fmt::format("{}", fmt::join(searched, ", ")),
             advice);
}

}  // namespace reckon::suites
