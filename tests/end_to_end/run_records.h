#pragma once
// What decides the score of a run, read back from its samples.

#include <map>
#include <string>
#include <utility>

namespace reckon::test {

/// (doc_id, repeat) -> replies, extraction, verdict, metrics and seed of `run`/samples/`task`.jsonl as JSON
/// text. Fails the test on a line that is no JSON and on a sample recorded twice.
std::map<std::pair<int, int>, std::string> verdicts_of_run(const std::string& run, const std::string& task);

/// Lines of that file that were written whole; 0 while there is none.
std::size_t complete_records(const std::string& run, const std::string& task);

}  // namespace reckon::test
