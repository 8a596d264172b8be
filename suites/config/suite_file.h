#pragma once
// A suite file with its includes merged, and where each key came from.

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

/// Where a key was written, for messages: "tasks/x.yaml: line 7".
struct Origin {
  std::string file;
  int line = 0;
};

struct TaskSettings;

class SuiteFile {
 public:
  /// Reads `path` and what it includes: `include: other.yaml` or a list, relative to the including file; own
  /// keys replace included ones whole. Errors: unreadable, not YAML, no mapping, an include cycle (names the
  /// chain), more than kMaxIncludeDepth levels.
  explicit SuiteFile(const std::string& path);
  /// Puts the settings of a group over the file's own keys.
  void apply(const TaskSettings& settings);

  const std::string& path() const { return path_; }
  const json::Value& root() const { return document_; }
  json::Document& document() { return document_; }
  /// "file: line n" of a value by its path ("metric_list[0].metric"), else of the nearest enclosing value.
  std::string where(const std::string& value_path) const;
  /// The file that wrote the value at that path, or the nearest enclosing one: the suite file or one it
  /// includes.
  std::string file_of(const std::string& value_path) const;
  /// Where the value at that path, or the nearest enclosing one, was written.
  Origin origin(const std::string& value_path) const;
  /// Files read, the suite file first.
  const std::vector<std::string>& files() const { return files_; }

  static constexpr int kMaxIncludeDepth = 16;

 private:
  void merge(const std::string& path, std::vector<std::string>& chain);
  const Origin* origin_of(std::string value_path) const;

  std::string path_;
  json::Document document_;
  std::map<std::string, Origin> origins_;
  std::vector<std::string> files_;
};

}  // namespace reckon::suites
