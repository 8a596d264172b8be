#include "tests/support/shared_data.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace reckon::test {

std::string source_file(const std::string& relative) {
  return std::string(RECKON_SOURCE_DIR) + "/" + relative;
}

std::optional<std::string> shared_data(const std::string& relative) {
  const char* folder = std::getenv("RECKON_DATA");
  const std::string root =
      folder != nullptr && *folder != '\0' ? folder : std::string(RECKON_SOURCE_DIR) + "/../shared/data";
  const std::string path = root + "/" + relative;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "reckon-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const std::string path = file(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace reckon::test
