#include "suites/config/task_group.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/prompts/python_values.h"

namespace reckon::suites {
namespace {

const std::vector<std::string> kGroupKeys = {"group",    "group_alias", "task", "aggregate_metric_list",
                                             "metadata", "reckon",      "tag"};

std::string text_of(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

/// Reads the mapping at `path` of a file ("" = the whole file).
class GroupReader {
 public:
  GroupReader(const SuiteFile& file, std::vector<GroupDefinition>& groups) : file_(file), groups_(groups) {}

  void read(const json::Value& object, const std::string& path, const std::string& name) {
    const std::size_t place = groups_.size();
    groups_.emplace_back();
    GroupDefinition definition;
    TaskGroup& group = definition.group;
    group.name = name;
    group.alias = object.HasMember("group_alias") && object["group_alias"].IsString()
                      ? text_of(object["group_alias"])
                      : name;
    if (object.HasMember("metadata") && object["metadata"].IsObject() &&
        object["metadata"].HasMember("version")) {
      group.version = python_text(object["metadata"]["version"]);
    }
    if (object.HasMember("aggregate_metric_list")) {
      read_metrics(object["aggregate_metric_list"], join(path, "aggregate_metric_list"), group);
    }
    definition.settings = settings_of(object, path, kGroupKeys);
    read_members(object["task"], join(path, "task"), definition);
    groups_[place] = std::move(definition);
  }

 private:
  static std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  TaskSettings settings_of(const json::Value& object, const std::string& path,
                           const std::vector<std::string>& own_keys) const {
    TaskSettings settings;
    for (const auto& member : object.GetObject()) {
      const std::string key = text_of(member.name);
      if (std::find(own_keys.begin(), own_keys.end(), key) != own_keys.end()) continue;
      auto setting = std::make_shared<TaskSettings::Setting>();
      static_cast<json::Value&>(setting->value).CopyFrom(member.value, setting->value.GetAllocator());
      setting->origin = file_.origin(join(path, key));
      settings.by_key[key] = std::move(setting);
    }
    return settings;
  }

  void read_members(const json::Value& list, const std::string& path, GroupDefinition& definition) {
    for (rapidjson::SizeType i = 0; i < list.Size(); ++i) {
      const json::Value& item = list[i];
      const std::string item_path = fmt::format("{}[{}]", path, i);
      GroupMember member;
      if (item.IsString()) {
        member.name = text_of(item);
      } else if (item.IsObject() && item.HasMember("group") && item["group"].IsString() &&
                 item.HasMember("task") && item["task"].IsArray()) {
        member.name = definition.group.name + "::" + text_of(item["group"]);
        read(item, item_path, member.name);
      } else if (item.IsObject() && item.HasMember("task") && item["task"].IsArray()) {
        read_members(item["task"], item_path + ".task", definition);  // a list without a name of its own
        continue;
      } else if (const char* key = name_key(item); key != nullptr) {
        member.name = text_of(item[key]);
        member.settings = settings_of(item, item_path, {"task", "group"});
      } else {
        fail_input(
            "{}: each item of a group's 'task' is a name, `{{task: name, ...}}` with settings in place of "
            "the task's own, or `{{group: name, task: [...]}}`",
            file_.where(item_path));
      }
      definition.group.members.push_back(member.name);
      definition.members.push_back(std::move(member));
    }
  }

  static const char* name_key(const json::Value& item) {
    if (!item.IsObject()) return nullptr;
    for (const char* key : {"task", "group"}) {
      if (item.HasMember(key) && item[key].IsString()) return key;
    }
    return nullptr;
  }

  void read_metrics(const json::Value& value, const std::string& path, TaskGroup& group) const {
    if (value.IsNull()) return;
    if (value.IsObject()) {
      group.metrics.push_back(metric_of(value, path));
      return;
    }
    if (!value.IsArray()) fail_input("{}: must be a list of metrics", file_.where(path));
    for (rapidjson::SizeType i = 0; i < value.Size(); ++i) {
      group.metrics.push_back(metric_of(value[i], fmt::format("{}[{}]", path, i)));
    }
  }

  GroupMetric metric_of(const json::Value& value, const std::string& path) const {
    static const std::vector<std::string> kKeys = {"metric", "filter_list", "aggregation", "weight_by_size"};
    const std::string where = file_.where(path) + ": 'aggregate_metric_list'";
    if (!value.IsObject() || !value.HasMember("metric") || !value["metric"].IsString()) {
      fail_input("{}: each item needs `metric:` with a name", where);
    }
    GroupMetric metric;
    metric.metric = text_of(value["metric"]);
    for (const auto& member : value.GetObject()) {
      const std::string key = text_of(member.name);
      const json::Value& given = member.value;
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        fail_input("{}: unknown key '{}'{}", where, key, did_you_mean(key, kKeys));
      }
      if (key == "aggregation" && !(given.IsString() && text_of(given) == "mean")) {
        fail_input("{}: 'aggregation' must be 'mean', the one that lm-evaluation-harness has for groups",
                   where);
      }
      if (key == "weight_by_size") {
        if (!given.IsBool()) fail_input("{}: 'weight_by_size' must be true or false", where);
        metric.weight_by_size = given.GetBool();
      }
      if (key == "filter_list") metric.filters = filters_of(given, where);
    }
    return metric;
  }

  static std::vector<std::string> filters_of(const json::Value& value, const std::string& where) {
    std::vector<std::string> filters;
    if (value.IsString()) filters.push_back(text_of(value));
    if (value.IsArray()) {
      for (const json::Value& item : value.GetArray()) {
        if (item.IsString()) filters.push_back(text_of(item));
      }
    }
    const bool whole = value.IsNull() || value.IsString() ||
                       (value.IsArray() && filters.size() == value.Size() && !filters.empty());
    if (!whole) fail_input("{}: 'filter_list' must be the name of a filter or a list of names", where);
    return filters;
  }

  const SuiteFile& file_;
  std::vector<GroupDefinition>& groups_;
};

}  // namespace

TaskSettings TaskSettings::replaced_by(const TaskSettings& others) const {
  TaskSettings result = others;
  result.by_key.insert(by_key.begin(), by_key.end());
  return result;
}

std::vector<GroupDefinition> read_groups(const SuiteFile& file) {
  std::vector<GroupDefinition> groups;
  const json::Value& root = file.root();
  if (!root.HasMember("group") || !root["group"].IsString()) {
    fail_input("{}: a list of tasks needs `group:` with a name", file.path());
  }
  GroupReader(file, groups).read(root, "", text_of(root["group"]));
  return groups;
}

}  // namespace reckon::suites
