#include "tests/end_to_end/run_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/json.h"

namespace reckon::test {
namespace {

std::string samples_file(const std::string& run, const std::string& task) {
  return run + "/samples/" + task + ".jsonl";
}

}  // namespace

std::map<std::pair<int, int>, std::string> verdicts_of_run(const std::string& run, const std::string& task) {
  std::map<std::pair<int, int>, std::string> found;
  std::ifstream lines(samples_file(run, task));
  std::string line;
  while (std::getline(lines, line)) {
    const json::Document record = json::parse(line, "record");
    const std::pair<int, int> key = {record["doc_id"].GetInt(), record["repeat"].GetInt()};
    EXPECT_FALSE(found.contains(key)) << "document " << key.first << " was recorded twice";
    found[key] = json::dump(record["resps"]) + json::dump(record["extracted"]) +
                 json::dump(record["correct"]) + json::dump(record["metrics"]) + json::dump(record["seed"]);
  }
  return found;
}

std::size_t complete_records(const std::string& run, const std::string& task) {
  const std::string path = samples_file(run, task);
  if (!std::filesystem::exists(path)) return 0;
  const std::string content = read_file(path);
  return static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
}

}  // namespace reckon::test
