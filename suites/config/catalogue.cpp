#include "suites/config/catalogue.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/suite_file.h"
#include "suites/config/task_config_parts.h"
#include "suites/config/task_group.h"

namespace reckon::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSuiteFiles = 20'000;

/// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

std::string text_member(const json::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  return member != object.MemberEnd() && member->value.IsString()
             ? std::string(member->value.GetString(), member->value.GetStringLength())
             : "";
}

std::vector<std::string> text_list(const json::Value& object, const char* key) {
  std::vector<std::string> result;
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd()) {
    return result;
  }
  if (member->value.IsString()) {
    result.emplace_back(member->value.GetString(), member->value.GetStringLength());
  } else if (member->value.IsArray()) {
    for (const json::Value& item : member->value.GetArray()) {
      if (item.IsString()) {
        result.emplace_back(item.GetString(), item.GetStringLength());
      }
    }
  }
  return result;
}

std::vector<std::string> suite_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    const fs::path& path = it->path();
    if (path.extension() == ".yaml" || path.extension() == ".yml") {
      files.push_back(path.string());
      if (files.size() > kMaxSuiteFiles) {
        fail_input("{}: more than {} suite files", folder, kMaxSuiteFiles);
      }
    }
  }
  if (error) {
    fail_input("{}: cannot be listed: {}", folder, error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

struct Catalogue::State {
  std::shared_ptr<const DataLocations> locations;
  std::map<std::string, CatalogueEntry> entries;
  std::map<std::string, GroupDefinition> groups;  // those written out inside another one too
  std::map<std::string, std::string> broken;      // name of the file without ending -> why it cannot be read

  /// `shipped`: an entry that is already there (from --include_path) stays.
  void scan(const std::string& folder, bool shipped) {
    std::map<std::string, std::string> seen;
    for (const std::string& path : suite_files(folder)) {
      try {
        add(path, shipped, seen);
      } catch (const Error& error) {
        broken.emplace(fs::path(path).stem().string(), error.what());
      }
    }
  }

  void add(const std::string& path, bool shipped, std::map<std::string, std::string>& seen) {
    const SuiteFile file(path);
    const json::Value& root = file.root();
    const bool is_group = root.HasMember("task") && root["task"].IsArray();
    const std::string name = is_group ? text_member(root, "group") : text_member(root, "task");
    if (name.empty()) {
      return;  // made to be included by others
    }
    if (const auto [known, fresh] = seen.emplace(name, path); !fresh) {
      broken[name] = fmt::format(
          "{}: the task '{}' is defined in {} already; give one of them another name, or leave a file out",
          path, name, known->second);
      return;
    }
    if (shipped && entries.contains(name)) {
      return;
    }
    CatalogueEntry entry;
    entry.name = name;
    entry.path = path;
    entry.kind = is_group ? "group" : "task";
    if (root.HasMember("reckon") && root["reckon"].IsObject()) {
      const std::string dataset_name = text_member(root, "dataset_name");
      entry.summary = with_dataset_name(text_member(root["reckon"], "summary"), dataset_name);
      entry.counterpart = with_dataset_name(text_member(root["reckon"], "counterpart"), dataset_name);
    }
    if (is_group) {
      std::vector<GroupDefinition> definitions = read_groups(file);
      entry.members = definitions.front().group.members;
      for (GroupDefinition& definition : definitions) {
        groups[definition.group.name] = std::move(definition);
      }
    } else {
      std::vector<std::string> tags = text_list(root, "tag");
      const std::vector<std::string> old_tags = text_list(root, "group");
      tags.insert(tags.end(), old_tags.begin(), old_tags.end());
      for (const std::string& tag : tags) {
        add_to_tag(tag, name);
      }
    }
    entries[name] = std::move(entry);
  }

  void add_to_tag(const std::string& tag, const std::string& task) {
    CatalogueEntry& entry = entries[tag];
    if (entry.kind == "task" || entry.kind == "group") {
      return;  // a task of that name is the surer meaning
    }
    entry.name = tag;
    entry.kind = "tag";
    if (std::find(entry.members.begin(), entry.members.end(), task) == entry.members.end()) {
      entry.members.push_back(task);
    }
  }

  std::shared_ptr<Task> load_file(const std::string& path, const TaskSettings& settings) const {
    SuiteFile file(path);
    file.apply(settings);
    return std::make_shared<Task>(make_task_config(file), locations);
  }

  const CatalogueEntry* find(const std::string& name) const {
    const auto found = entries.find(name);
    return found == entries.end() ? nullptr : &found->second;
  }

  /// The members of a tag or group with the settings that the group gives them.
  std::vector<GroupMember> members_of(const std::string& name, const TaskSettings& settings) const {
    const auto group = groups.find(name);
    std::vector<GroupMember> members;
    if (group != groups.end()) {
      const TaskSettings of_all = group->second.settings.replaced_by(settings);
      for (const GroupMember& member : group->second.members) {
        members.push_back({member.name, of_all.replaced_by(member.settings)});
      }
      return members;
    }
    if (const CatalogueEntry* entry = find(name)) {
      for (const std::string& member : entry->members) members.push_back({member, settings});
    }
    return members;
  }

  void expand(const std::string& name, const TaskSettings& settings,
              std::vector<std::shared_ptr<Task>>& tasks, std::set<std::string>& visited) const {
    if (!visited.insert(name).second) {
      return;
    }
    if (const auto bad = broken.find(name); bad != broken.end()) {
      throw Error(bad->second);
    }
    const CatalogueEntry* entry = find(name);
    if (entry == nullptr && !groups.contains(name)) {
      unknown(name);
    }
    if (entry != nullptr && entry->kind == "task") {
      tasks.push_back(load_file(entry->path, settings));
      return;
    }
    for (const GroupMember& member : members_of(name, settings)) {
      expand(member.name, member.settings, tasks, visited);
    }
  }

  /// Groups below `name`, then itself where it is one; `tasks` gets the names of the tasks below it.
  void collect_groups(const std::string& name, std::vector<TaskGroup>& found, std::vector<std::string>& tasks,
                      std::set<std::string>& visited) const {
    const CatalogueEntry* entry = find(name);
    if (entry != nullptr && entry->kind == "task") {
      if (std::find(tasks.begin(), tasks.end(), name) == tasks.end()) tasks.push_back(name);
      return;
    }
    const auto known =
        std::find_if(found.begin(), found.end(), [&](const TaskGroup& group) { return group.name == name; });
    if (known == found.end() && !visited.insert(name).second) {
      return;  // a group that holds itself
    }
    std::vector<std::string> own;
    if (known != found.end()) {
      own = known->tasks;
    } else {
      for (const GroupMember& member : members_of(name, {})) collect_groups(member.name, found, own, visited);
      if (const auto group = groups.find(name); group != groups.end()) {
        TaskGroup result = group->second.group;
        result.tasks = own;
        result.members.clear();
        for (const GroupMember& member : group->second.members) {
          const CatalogueEntry* tag = find(member.name);
          if (tag != nullptr && tag->kind == "tag") {
            result.members.insert(result.members.end(), tag->members.begin(), tag->members.end());
          } else {
            result.members.push_back(member.name);
          }
        }
        found.push_back(std::move(result));
      }
    }
    for (const std::string& task : own) {
      if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) tasks.push_back(task);
    }
  }

  [[noreturn]] void unknown(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [entry_name, entry] : entries) {
      known.push_back(entry_name);
    }
    const std::string unreadable = broken.empty() ? ""
                                                  : fmt::format("; {} files could not be read, the first: {}",
                                                                broken.size(), broken.begin()->second);
    fail_input("unknown task '{}' (`reckon ls suites` lists what there is){}{}", name,
               did_you_mean(name, known), unreadable);
  }
};

Catalogue::Catalogue(const std::vector<std::string>& include_paths, const std::string& share_suites_folder,
                     DataLocations locations)
    : state_(std::make_unique<State>()) {
  state_->locations = std::make_shared<const DataLocations>(std::move(locations));
  std::error_code ignored;
  for (const std::string& folder : include_paths) {
    if (!fs::is_directory(folder, ignored)) {
      fail_input("--include_path: the folder '{}' does not exist", folder);
    }
    state_->scan(folder, false);
  }
  if (!share_suites_folder.empty() && fs::is_directory(share_suites_folder, ignored)) {
    state_->scan(share_suites_folder, true);
  }
}

Catalogue::~Catalogue() = default;

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : state_->entries) {
    names.push_back(name);
  }
  return names;
}

std::vector<CatalogueEntry> Catalogue::entries() const {
  std::vector<CatalogueEntry> result;
  for (const auto& [name, entry] : state_->entries) {
    result.push_back(entry);
  }
  return result;
}

std::vector<std::shared_ptr<Task>> Catalogue::load(const std::string& name) const {
  std::vector<std::shared_ptr<Task>> tasks;
  std::set<std::string> visited;
  if (name.ends_with(".yaml") || name.ends_with(".yml")) {
    tasks.push_back(state_->load_file(name, {}));
    return tasks;
  }
  if (name.find('*') == std::string::npos) {
    state_->expand(name, {}, tasks, visited);
    if (tasks.empty()) {
      fail_input("'{}' holds no task", name);
    }
    return tasks;
  }
  for (const auto& [entry_name, entry] : state_->entries) {
    if (entry.kind == "task" && matches(name, entry_name)) {
      state_->expand(entry_name, {}, tasks, visited);
    }
  }
  if (tasks.empty()) {
    fail_input("no task matches '{}'; `reckon ls suites` lists what there is", name);
  }
  return tasks;
}

std::vector<TaskGroup> Catalogue::groups_of(const std::vector<std::string>& names) const {
  std::vector<TaskGroup> found;
  std::vector<std::string> tasks;
  std::set<std::string> visited;
  for (const std::string& name : names) state_->collect_groups(name, found, tasks, visited);
  return found;
}

std::vector<std::shared_ptr<Task>> Catalogue::load_all(const std::vector<std::string>& names) const {
  std::vector<std::shared_ptr<Task>> result;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    for (std::shared_ptr<Task>& task : load(name)) {
      if (seen.insert(task->name()).second) {
        result.push_back(std::move(task));
      }
    }
  }
  return result;
}

}  // namespace reckon::suites
