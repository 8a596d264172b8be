#include "suites/task_data.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "suites/generators/puzzles/puzzle.h"

namespace reckon::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDescriptionBytes = std::size_t{4} << 20;

DatasetFormat format_of(const TaskConfig& config) {
  return config.dataset_format == "csv" ? DatasetFormat::csv : DatasetFormat::from_name;
}

/// The commit that rows.json in the folder of a fetched split names.
std::string commit_beside(const std::string& path) {
  const fs::path notes = fs::path(path).parent_path() / "rows.json";
  std::error_code ignored;
  if (!fs::is_regular_file(notes, ignored)) {
    return "";
  }
  const json::Document document = json::parse_file(notes.string());
  return json::ObjectReader(document, notes.string()).get_string("commit", "");
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Files of a split as the hub lays them out: "test-00000-of-00002.parquet", or a folder "test" of them.
std::vector<std::string> parquet_files(const fs::path& folder, const std::string& split) {
  std::vector<std::string> files;
  std::error_code error;
  for (const fs::path& place : {folder, folder / split}) {
    for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      const bool of_split = place != folder || name.starts_with(split + "-") || name == split + ".parquet";
      if (of_split && it->path().extension() == ".parquet") files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What process_docs makes of the rows of a split.
std::vector<DatasetRow> processed(std::vector<DatasetRow> rows, const RowFunction& process,
                                  std::uint64_t seed) {
  PythonRandom random(seed);
  std::vector<DatasetRow> kept;
  for (DatasetRow& row : rows) {
    json::Document doc = json::parse(row.json, row.where);
    try {
      if (!process(doc, random)) {
        continue;
      }
    } catch (const Error& error) {
      throw Error(fmt::format("{}: process_docs: {}", row.where, error.what()), error.code());
    }
    row.json = json::dump(doc);
    kept.push_back(std::move(row));
  }
  return kept;
}

/// The choices of a multiple-choice row and which of them are right.
void add_choices(const TaskConfig& config, const json::Value& doc, const std::string& where, Sample& sample) {
  sample.choices = config.doc_to_choice->apply(doc, where, true).list;
  const auto count = static_cast<std::int64_t>(sample.choices.size());
  if (count == 0) {
    fail_input("{}: doc_to_choice gives no list of choices", where);
  }
  // A question that is a number says which of the choices, whole questions each, is the right one.
  const DocValue question = config.doc_to_text.apply(doc, where);
  const DocValue gold = question.index ? question : config.doc_to_target.apply(doc, where);
  std::vector<std::int64_t> indices = gold.indices;
  if (gold.index) {
    indices = {*gold.index};
  } else if (!gold.is_list) {
    const auto named = std::find(sample.choices.begin(), sample.choices.end(), gold.text);
    indices = {named - sample.choices.begin()};
  }
  const auto is_none = [&](std::int64_t index) { return index < 0 || index >= count; };
  if (indices.empty() || std::any_of(indices.begin(), indices.end(), is_none)) {
    fail_input("{}: the gold answer '{}' is none of the {} choices", where, gold.text, count);
  }
  sample.gold_choice = static_cast<int>(indices.front());
  sample.other_gold_choices.assign(indices.begin() + 1, indices.end());
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
      fail_input("{}: the data file '{}' does not exist; mend `data_files`, or put the file there",
                 config_.path, name);
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
  for (const std::vector<std::string>& files : {fetched_files(split), fetched_parquet(split)}) {
    if (!files.empty()) {
      return files;
    }
  }
  return {locations_.find(fmt::format("{}/{}.jsonl", config_.dataset_path, split),
                          fmt::format("task '{}'", config_.name), advice())};
}

/// A hub id: what was fetched, as one file per split; empty when it is nowhere.
std::vector<std::string> TaskData::fetched_files(const std::string& split) const {
  for (const std::string& folder : locations_.folders()) {
    for (const char* prefix : {"", "datasets"}) {
      for (const std::string& part : {config_.dataset_name, std::string()}) {
        for (const char* ending : {".jsonl", ".json", ".csv", ".tsv"}) {
          for (const char* packed : {"", ".gz", ".zst"}) {
            const fs::path candidate =
                fs::path(folder) / prefix / config_.dataset_path / part / (split + ending + packed);
            if (is_file(candidate)) {
              return {candidate.string()};
            }
          }
        }
      }
    }
  }
  return {};
}

/// The same in Parquet, as the hub lays it out.
std::vector<std::string> TaskData::fetched_parquet(const std::string& split) const {
  for (const std::string& folder : locations_.folders()) {
    for (const char* prefix : {"", "datasets"}) {
      for (const std::string& part : {config_.dataset_name, std::string("data"), std::string()}) {
        std::vector<std::string> files =
            parquet_files(fs::path(folder) / prefix / config_.dataset_path / part, split);
        if (!files.empty()) {
          return files;
        }
      }
    }
  }
  return {};
}

std::string TaskData::fewshot_split() const {
  const FewshotConfig& fewshot = config_.fewshot;
  if (!fewshot.split.empty() || fewshot.has_samples) {
    return fewshot.split;
  }
  return !config_.training_split.empty() ? config_.training_split : config_.validation_split;
}

std::vector<HubSplit> TaskData::missing_splits(bool with_examples) const {
  std::vector<HubSplit> missing;
  if (!config_.generator.family.empty() || !config_.splits.empty() ||
      config_.dataset_path.find('/') == std::string::npos) {
    return missing;
  }
  std::vector<std::string> splits = {config_.test_split};
  if (const std::string examples = fewshot_split();
      with_examples && !examples.empty() && examples != config_.test_split) {
    splits.push_back(examples);
  }
  for (const std::string& split : splits) {
    if (fetched_files(split).empty() && (!reads_parquet() || fetched_parquet(split).empty())) {
      missing.push_back({config_.dataset_path, config_.dataset_name, split,
                         (fs::path(config_.dataset_path) / config_.dataset_name).string()});
    }
  }
  return missing;
}

void TaskData::remember(const std::string& path) {
  if (std::none_of(files_.begin(), files_.end(), [&](const DataFile& file) { return file.path == path; })) {
    files_.push_back({path, sha256_file(path), commit_beside(path)});
  }
}

std::vector<DatasetRow> TaskData::read_split(const std::string& split, const RowFunction& process) {
  if (!config_.generator.family.empty()) {
    return generated_rows();
  }
  std::vector<DatasetRow> rows;
  for (const std::string& path : paths_of(split)) {
    std::vector<DatasetRow> part = read_dataset(path, format_of(config_), config_.dataset_field);
    rows.insert(rows.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    remember(path);
  }
  return process ? processed(std::move(rows), process, config_.process_docs_seed) : rows;
}

std::vector<DatasetRow> TaskData::generated_rows() {
  const GeneratorArguments& generator = config_.generator;
  const std::string name = fmt::format("generator:{}?n={}&seed={}&difficulty={}", generator.family,
                                       generator.count, generator.seed, generator.difficulty);
  std::vector<DatasetRow> rows;
  std::string all;
  for (const Puzzle& puzzle :
       make_puzzles({generator.family, generator.count, generator.seed, generator.difficulty})) {
    json::Document row(rapidjson::kObjectType);
    row.AddMember("question", json::string(puzzle.question, row.GetAllocator()), row.GetAllocator());
    row.AddMember("answer", json::string(puzzle.answer, row.GetAllocator()), row.GetAllocator());
    if (!puzzle.tests.empty()) {
      json::Document tests(&row.GetAllocator());
      tests.Parse(puzzle.tests.data(), puzzle.tests.size());
      row.AddMember("entry_point", json::string(puzzle.entry_point, row.GetAllocator()), row.GetAllocator());
      row.AddMember("tests", tests, row.GetAllocator());
    }
    rows.push_back({json::dump(row), fmt::format("{}: item {}", name, rows.size() + 1)});
    all += rows.back().json + "\n";
  }
  files_.push_back({name, sha256_hex(all), ""});
  return rows;
}

FewshotPool TaskData::read_fewshot_pool() {
  const FewshotConfig& fewshot = config_.fewshot;
  FewshotPool pool;
  pool.excludes_question = fewshot.excludes_question;
  const std::string split = fewshot_split();
  if (split.empty() && fewshot.has_samples) {
    std::size_t number = 0;
    for (const std::string& row : fewshot.samples) {
      pool.rows.push_back({row, fmt::format("{}: fewshot_config.samples[{}]", config_.path, number++)});
    }
    return pool;
  }
  if (split.empty()) {
    fail_input("task '{}' has no few-shot examples: give `fewshot_split` or `fewshot_config: samples:` in {}",
               config_.name, config_.path);
  }
  pool.rows = read_split(split, fewshot.process_docs);
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
  if (config.output_type == OutputType::multiple_choice) {
    add_choices(config, doc, row.where, sample);
  }
  return sample;
}

}  // namespace reckon::suites
