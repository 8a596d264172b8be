#include "tests/sandbox/code_test_support.h"

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites::code::test {

std::vector<Grade> grade_all(const Grader& grader, const std::vector<Answer>& answers) {
  std::vector<Grade> grades(answers.size());
  ThreadPool pool(available_threads());
  pool.parallel_for(static_cast<std::int64_t>(answers.size()), [&](std::int64_t item, int) {
    const auto i = static_cast<std::size_t>(item);
    try {
      grades[i] = grader.grade(answers[i].row, answers[i].text);
    } catch (const Error& error) {
      grades[i] = {false, error.what(), "error"};
    }
  });
  return grades;
}

std::vector<std::string> rows_of(const std::string& path) {
  std::vector<std::string> rows;
  for (const DatasetRow& row : read_dataset(path, DatasetFormat::json, "")) {
    rows.push_back(row.source.empty() ? row.json : row.source);
  }
  return rows;
}

std::string field(const std::string& row, const char* name) {
  bool beyond = false;
  const json::Document document = parse_row(row, "row", beyond);
  return json::ObjectReader(document, "row").get_string(name);
}

}  // namespace reckon::suites::code::test
