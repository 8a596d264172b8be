#pragma once
// What a run directory holds, read back: what decides the score, and the launches.

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reckon::test {

/// (doc_id, repeat) -> replies, extraction, verdict, metrics and seed of `run`/samples/`task`.jsonl as JSON
/// text. Fails the test on a line that is no JSON and on a sample recorded twice.
std::map<std::pair<int, int>, std::string> verdicts_of_run(const std::string& run, const std::string& task);

/// Lines of that file that were written whole; 0 while there is none.
std::size_t complete_records(const std::string& run, const std::string& task);

/// The launch that each of these lines names.
std::vector<std::size_t> launches_of_records(const std::string& run, const std::string& task);

struct LaunchRecord {
  double device_count = 0;
  double wall_seconds = 0;  ///< the last one stated; 0: killed before a heartbeat
};

/// What `run`/launches.jsonl says in lines that were written whole; empty while there is none. Fails the test
/// where the launches are not numbered 0, 1, 2...
std::vector<LaunchRecord> launches_of_run(const std::string& run);

}  // namespace reckon::test
