#pragma once
// Where tests find files: the project's own sources, and real benchmark data that is not part of the project.

#include <optional>
#include <string>

namespace reckon::test {

/// Path of a file of the source tree, e.g. source_file("tests/engine/golden/x.json").
std::string source_file(const std::string& relative);

/// Path of a file of the real benchmark data, looked for under RECKON_DATA, else ../shared/data beside the
/// sources. nullopt when absent: the test is then skipped by name.
std::optional<std::string> shared_data(const std::string& relative);

/// A new empty folder, removed when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file into the folder and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace reckon::test
