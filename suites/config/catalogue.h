#pragma once
// The suites that are known: those shipped and those of --include_path.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "suites/datasets/data_locations.h"
#include "suites/task.h"

namespace reckon::suites {

/// One line of `reckon ls`.
struct CatalogueEntry {
  std::string name;
  std::string kind;  ///< "task", "tag" or "group"
  std::string path;  ///< of the suite file; "" for a tag
  std::string summary;
  std::string counterpart;  ///< what lm-evaluation-harness has of the kind, "none", or "" where not said
  std::vector<std::string> members;  ///< tags: names of the tasks; groups: of tasks, tags and groups
};

class Catalogue {
 public:
  /// Scans the folders (recursively) for *.yaml and *.yml. A file in `include_paths` hides a shipped one of
  /// the same task name. Errors: a folder of `include_paths` that does not exist; two files with one task
  /// name. A file that is no readable suite is an error only when it is asked for by name.
  Catalogue(const std::vector<std::string>& include_paths, const std::string& share_suites_folder,
            DataLocations locations);
  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  /// Names of tasks, tags and groups, sorted.
  std::vector<std::string> names() const;
  std::vector<CatalogueEntry> entries() const;

  /// The task `name`, or the tasks of a tag, group or wildcard ("demo_*"), or the suite file at a path that
  /// ends in .yaml. Errors: unknown (names the nearest), unknown key in the file (names the nearest),
  /// `!function`.
  std::vector<std::shared_ptr<Task>> load(const std::string& name) const;
  /// The groups among `names` and below them, those of a list before the group that holds it.
  std::vector<TaskGroup> groups_of(const std::vector<std::string>& names) const;
  /// load() of each, in order, each task once.
  std::vector<std::shared_ptr<Task>> load_all(const std::vector<std::string>& names) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon::suites
