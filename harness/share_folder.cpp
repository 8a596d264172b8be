#include "harness/share_folder.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

ShareFolders installed_layout(const std::string& root) {
  return {root + "/suites",   root + "/data",   root + "/models",
          root + "/hardware", root + "/prices", root + "/estimate"};
}

ShareFolders source_layout(const std::string& root) {
  return {root + "/suites/tasks",   root + "/suites/data",  root + "/models",
          root + "/share/hardware", root + "/share/prices", root + "/share/estimate"};
}

}  // namespace

ShareFolders find_share_folders() {
  std::vector<std::string> tried;
  if (const char* chosen = std::getenv("RECKON_SHARE"); chosen != nullptr && *chosen != '\0') {
    if (fs::is_directory(std::string(chosen) + "/suites/tasks")) return source_layout(chosen);
    if (fs::is_directory(std::string(chosen) + "/suites")) return installed_layout(chosen);
    fail_input("RECKON_SHARE: {}: has no 'suites' folder (expected suites, data, models, hardware, prices)",
               chosen);
  }
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed = binary.parent_path().parent_path() / "share" / "reckon";
    if (fs::is_directory(installed / "suites")) return installed_layout(installed.string());
    tried.push_back(installed.string());
    for (fs::path folder = binary.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
      if (fs::is_directory(folder / "suites" / "tasks")) return source_layout(folder.string());
    }
    tried.push_back(binary.parent_path().string() + " and the folders above it");
  }
  fail_input("the share folder (suites, models, prices) was not found; looked at: {}; set RECKON_SHARE",
             fmt::join(tried, ", "));
}

std::string cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::string(cache) + "/reckon";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::string(home) + "/.cache/reckon";
  }
  return (fs::temp_directory_path() / "reckon-cache").string();
}

}  // namespace reckon::harness
