#include "tests/end_to_end/run_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/files.h"
#include "base/json.h"

namespace reckon::test {
namespace {

std::string samples_file(const std::string& run, const std::string& task) {
  return run + "/samples/" + task + ".jsonl";
}

// Without the last one where it is torn.
std::vector<json::Document> whole_lines(const std::string& path) {
  std::vector<json::Document> lines;
  if (!std::filesystem::exists(path)) return lines;
  const std::string content = read_file(path);
  std::size_t begin = 0;
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(json::parse(std::string_view(content).substr(begin, end - begin), path));
  return lines;
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

std::vector<std::size_t> launches_of_records(const std::string& run, const std::string& task) {
  std::vector<std::size_t> launches;
  for (const json::Document& record : whole_lines(samples_file(run, task)))
    launches.push_back(record["launch"].GetUint());
  return launches;
}

std::vector<LaunchRecord> launches_of_run(const std::string& run) {
  std::vector<LaunchRecord> launches;
  for (const json::Document& line : whole_lines(run + "/launches.jsonl")) {
    const std::size_t number = line["launch"].GetUint();
    if (std::string_view(line["event"].GetString()) == "start") {
      EXPECT_EQ(number, launches.size());
      // Killed before its first heartbeat, a launch has at least loaded its model.
      launches.push_back({line["device"]["count"].GetDouble(), line["load_seconds"].GetDouble()});
      continue;
    }
    if (number + 1 != launches.size()) {
      ADD_FAILURE() << json::dump(line) << " is not of the launch that began last";
      continue;
    }
    launches.back().wall_seconds = line["wall_seconds"].GetDouble();
  }
  return launches;
}

}  // namespace reckon::test
