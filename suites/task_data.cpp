#include "suites/task_data.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"

namespace reckon::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDescriptionBytes = std::size_t{4} << 20;

DatasetFormat format_of(const TaskConfig& config) {
  return config.dataset_format == "csv" ? DatasetFormat::csv : DatasetFormat::from_name;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool holds_parquet(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".parquet") {
      return true;
    }
  }
  return false;
}

/// Gold answers of a row: the index of a choice becomes that choice.
std::string gold_text(const TaskConfig& config, const json::Value& doc, const std::string& where,
                      std::vector<std::string>& others) {
  const DocValue target = config.doc_to_target.apply(doc, where);
  if (config.doc_to_choice && config.output_type == OutputType::generate_until && target.index) {
    const DocValue choices = config.doc_to_choice->apply(doc, where, true);
    if (*target.index < 0 || *target.index >= static_cast<std::int64_t>(choices.list.size())) {
      fail_input("{}: the gold choice {} is none of the {} choices", where, *target.index,
                 choices.list.size());
    }
    return choices.list[static_cast<std::size_t>(*target.index)];
  }
  if (target.is_list) {
    if (target.list.empty()) {
      fail_input("{}: the list of gold answers is empty", where);
    }
    others.assign(target.list.begin() + 1, target.list.end());
  }
  return target.text;
}

}  // namespace

std::string TaskData::advice() const {
  if (!config_.dataset_advice.empty()) {
    return config_.dataset_advice;
  }
  std::string repository = config_.hub.empty() ? config_.dataset_path : config_.hub;
  if (const std::size_t slash = repository.find('/'); !config_.hub.empty() && slash != std::string::npos) {
    repository = repository.substr(0, repository.find('/', slash + 1));
  }
  for (const std::string& folder : locations_.folders()) {
    if (!config_.dataset_path.empty() && holds_parquet(fs::path(folder) / config_.dataset_path)) {
      return fmt::format(
          "{}/{} holds Parquet files, which are not read: put the rows there as JSON lines, {}/<split>.jsonl",
          folder, config_.dataset_path,
          config_.dataset_name.empty() ? config_.dataset_path : config_.dataset_name);
    }
  }
  const bool fetchable = !repository.empty() && repository != "json" && repository != "csv";
  return fetchable ? fmt::format(
                         "get it with `reckon fetch --dataset {}`, or put it below a folder and give that as "
                         "--data_dir",
                         repository)
                   : "put it below a folder and give that as --data_dir or RECKON_DATA";
}

std::string TaskData::find(const std::string& name) const {
  const fs::path path(name);
  if (config_.files_beside_suite) {
    const fs::path beside = path.is_absolute() ? path : fs::path(config_.path).parent_path() / path;
    if (is_file(beside)) {
      return beside.string();
    }
    if (path.is_absolute()) {
      fail_input("{}: the data file '{}' does not exist", config_.path, name);
    }
  }
  if (!config_.hub.empty()) {
    for (const std::string& folder : locations_.folders()) {
      if (is_file(fs::path(folder) / name)) {
        return (fs::path(folder) / name).string();
      }
      for (const char* prefix : {"", "datasets"}) {
        const fs::path fetched = fs::path(folder) / prefix / config_.hub;
        if (is_file(fetched)) {
          return fetched.string();
        }
      }
    }
  }
  return locations_.find(name, fmt::format("task '{}'", config_.name), advice());
}

std::vector<std::string> TaskData::paths_of(const std::string& split) const {
  const auto found = config_.splits.find(split);
  if (found != config_.splits.end()) {
    std::vector<std::string> paths;
    for (const std::string& name : found->second.files) {
      paths.push_back(find(name));
    }
    return paths;
  }
  if (!config_.splits.empty()) {
    fail_input("{}: there is no data file for the split '{}'", config_.path, split);
  }
  // A hub id: what was fetched, as one file per split.
  for (const std::string& folder : locations_.folders()) {
    for (const char* prefix : {"", "datasets"}) {
      for (const std::string& part : {config_.dataset_name, std::string()}) {
        for (const char* ending : {".jsonl", ".jsonl.gz", ".json", ".json.gz", ".csv", ".csv.gz"}) {
          const fs::path candidate =
              fs::path(folder) / prefix / config_.dataset_path / part / (split + ending);
          if (is_file(candidate)) {
            return {candidate.string()};
          }
        }
      }
    }
  }
  return {locations_.find(fmt::format("{}/{}.jsonl", config_.dataset_path, split),
                          fmt::format("task '{}'", config_.name), advice())};
}

void TaskData::remember(const std::string& path) {
  if (std::none_of(files_.begin(), files_.end(), [&](const DataFile& file) { return file.path == path; })) {
    files_.push_back({path, sha256_file(path)});
  }
}

std::vector<DatasetRow> TaskData::read_split(const std::string& split) {
  std::vector<DatasetRow> rows;
  for (const std::string& path : paths_of(split)) {
    std::vector<DatasetRow> part = read_dataset(path, format_of(config_), config_.dataset_field);
    rows.insert(rows.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    remember(path);
  }
  return rows;
}

FewshotPool TaskData::read_fewshot_pool() {
  const FewshotConfig& fewshot = config_.fewshot;
  FewshotPool pool;
  std::string split = fewshot.split;
  if (split.empty() && fewshot.has_samples) {
    std::size_t number = 0;
    for (const std::string& row : fewshot.samples) {
      pool.rows.push_back({row, fmt::format("{}: fewshot_config.samples[{}]", config_.path, number++)});
    }
    return pool;
  }
  if (split.empty()) {
    split = !config_.training_split.empty() ? config_.training_split : config_.validation_split;
  }
  if (split.empty()) {
    fail_input("task '{}' has no few-shot examples: give `fewshot_split` or `fewshot_config: samples:` in {}",
               config_.name, config_.path);
  }
  pool.rows = read_split(split);
  pool.is_test_split = split == config_.test_split;
  if (!fewshot.indices.empty()) {
    std::vector<DatasetRow> chosen;
    for (const std::int64_t index : fewshot.indices) {
      if (index >= static_cast<std::int64_t>(pool.rows.size())) {
        fail_input("{}: fewshot_indices names row {}, but the split has {}", config_.path, index,
                   pool.rows.size());
      }
      chosen.push_back(pool.rows[static_cast<std::size_t>(index)]);
    }
    pool.rows = std::move(chosen);
  }
  return pool;
}

std::string TaskData::read_description() {
  const std::string path = find(config_.description_file);
  std::string text = read_file(path, kMaxDescriptionBytes);
  remember(path);
  if (!config_.description_after.empty()) {
    const std::size_t mark = text.find(config_.description_after);
    if (mark == std::string::npos) {
      fail_input("{}: the mark '{}', behind which the description begins, is not there", path,
                 config_.description_after);
    }
    text = text.substr(mark + config_.description_after.size());
  }
  return text;
}

Sample make_sample(const TaskConfig& config, const DatasetRow& row, std::int64_t doc_id) {
  const json::Document doc = json::parse(row.json, row.where);
  Sample sample;
  sample.doc_id = doc_id;
  sample.doc = row.json;
  sample.source = row.source;
  sample.doc_hash = sha256_hex(json::dump_pretty(doc));
  sample.target = gold_text(config, doc, row.where, sample.other_targets);
  if (config.cluster) {
    sample.cluster = config.cluster->text(doc, row.where);
  }
  if (config.output_type != OutputType::multiple_choice) {
    return sample;
  }
  const DocValue choices = config.doc_to_choice->apply(doc, row.where, true);
  if (choices.list.empty()) {
    fail_input("{}: doc_to_choice gives no list of choices", row.where);
  }
  sample.choices = choices.list;
  const DocValue target = config.doc_to_target.apply(doc, row.where);
  const auto named = std::find(choices.list.begin(), choices.list.end(), target.text);
  if (target.index) {
    sample.gold_choice = static_cast<int>(std::min<std::int64_t>(*target.index, 1'000'000));
  } else if (named != choices.list.end()) {
    sample.gold_choice = static_cast<int>(named - choices.list.begin());
  }
  if (sample.gold_choice < 0 || sample.gold_choice >= static_cast<int>(choices.list.size())) {
    fail_input("{}: the gold answer '{}' is none of the {} choices", row.where, target.text,
               choices.list.size());
  }
  return sample;
}

}  // namespace reckon::suites
