#include "suites/config/suite_file.h"

#include <algorithm>
#include <filesystem>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "suites/config/task_group.h"
#include "suites/config/yaml_reader.h"

namespace reckon::suites {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> include_names(const json::Value& include, const std::string& where) {
  std::vector<std::string> names;
  if (include.IsString()) {
    names.emplace_back(include.GetString(), include.GetStringLength());
  } else if (include.IsArray()) {
    for (const json::Value& item : include.GetArray()) {
      if (!item.IsString()) {
        fail_input("{}: `include` must be a file name or a list of file names", where);
      }
      names.emplace_back(item.GetString(), item.GetStringLength());
    }
  } else {
    fail_input("{}: `include` must be a file name or a list of file names", where);
  }
  return names;
}

/// Forgets the lines below a top-level key that another file replaces.
void erase_key(std::map<std::string, Origin>& origins, const std::string& key) {
  for (auto it = origins.lower_bound(key);
       it != origins.end() && it->first.compare(0, key.size(), key) == 0;) {
    const bool below =
        it->first.size() == key.size() || it->first[key.size()] == '.' || it->first[key.size()] == '[';
    it = below ? origins.erase(it) : std::next(it);
  }
}

}  // namespace

SuiteFile::SuiteFile(const std::string& path) : path_(path) {
  document_.SetObject();
  std::vector<std::string> chain;
  merge(path, chain);
}

void SuiteFile::merge(const std::string& path, std::vector<std::string>& chain) {
  std::error_code ignored;
  const fs::path canonical = fs::weakly_canonical(path, ignored);
  const std::string identity = canonical.empty() ? path : canonical.string();
  if (std::find(chain.begin(), chain.end(), identity) != chain.end()) {
    fail_input("{}: includes itself: {} -> {}", chain.front(), fmt::join(chain, " -> "), identity);
  }
  if (static_cast<int>(chain.size()) >= kMaxIncludeDepth) {
    fail_input("{}: more than {} levels of `include`", chain.front(), kMaxIncludeDepth);
  }
  chain.push_back(identity);
  files_.push_back(path);

  const YamlLimits limits;
  YamlDocument yaml = read_yaml(read_file(path, limits.max_bytes), path, limits);
  if (!yaml.value.IsObject()) {
    fail_input("{}: line 1: a suite file is a mapping of keys to values", path);
  }
  const auto include = yaml.value.FindMember("include");
  if (include != yaml.value.MemberEnd()) {
    const std::string where = fmt::format("{}: line {}", path, yaml.lines["include"]);
    for (const std::string& name : include_names(include->value, where)) {
      const fs::path target =
          fs::path(name).is_absolute() ? fs::path(name) : fs::path(path).parent_path() / name;
      if (!fs::exists(target, ignored)) {
        fail_input("{}: includes '{}', which does not exist", where, target.string());
      }
      merge(target.string(), chain);
    }
  }
  for (auto member = yaml.value.MemberBegin(); member != yaml.value.MemberEnd(); ++member) {
    const std::string key(member->name.GetString(), member->name.GetStringLength());
    if (key == "include") {
      continue;
    }
    erase_key(origins_, key);
    document_.RemoveMember(key.c_str());
    json::Value value;
    value.CopyFrom(member->value, document_.GetAllocator());
    document_.AddMember(json::string(key, document_.GetAllocator()), value, document_.GetAllocator());
  }
  for (const auto& [value_path, line] : yaml.lines) {
    if (!value_path.empty()) {
      origins_[value_path] = {path, line};
    }
  }
  chain.pop_back();
}

const Origin* SuiteFile::origin_of(std::string value_path) const {
  while (!value_path.empty()) {
    const auto found = origins_.find(value_path);
    if (found != origins_.end()) {
      return &found->second;
    }
    const std::size_t cut = value_path.find_last_of(".[");
    value_path = cut == std::string::npos ? "" : value_path.substr(0, cut);
  }
  return nullptr;
}

void SuiteFile::apply(const TaskSettings& settings) {
  for (const auto& [key, setting] : settings.by_key) {
    erase_key(origins_, key);
    document_.RemoveMember(key.c_str());
    document_.AddMember(json::string(key, document_.GetAllocator()),
                        json::Value(setting->value, document_.GetAllocator()), document_.GetAllocator());
    origins_[key] = setting->origin;
  }
}

Origin SuiteFile::origin(const std::string& value_path) const {
  const Origin* known = origin_of(value_path);
  return known == nullptr ? Origin{path_, 1} : *known;
}

std::string SuiteFile::where(const std::string& value_path) const {
  const Origin* origin = origin_of(value_path);
  return origin == nullptr ? path_ : fmt::format("{}: line {}", origin->file, origin->line);
}

std::string SuiteFile::file_of(const std::string& value_path) const {
  const Origin* origin = origin_of(value_path);
  return origin == nullptr ? path_ : origin->file;
}

}  // namespace reckon::suites
