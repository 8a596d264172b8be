#pragma once
// What the tests of suites share.

#include <memory>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "suites/config/catalogue.h"
#include "suites/extraction/extraction.h"
#include "suites/graders/grader.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::test {

/// The message of the Error that `body` throws; "" when it throws none.
template <typename Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The task of a suite text written to a folder of its own, with rows.jsonl beside it.
class WrittenTask {
 public:
  WrittenTask(const std::string& yaml, const std::string& rows);
  Task& task() { return *task_; }
  const std::string& folder() const { return folder_.path(); }

 private:
  reckon::test::TemporaryFolder folder_;
  std::shared_ptr<Task> task_;
};

/// The grader `name` with options in JSON ("" for none).
std::unique_ptr<Grader> grader(const std::string& name, const std::string& options = "");

/// The extractor of rules in JSON.
Extractor extractor(const std::string& rules);

/// A catalogue of the shipped suites over the real benchmark data, null without the data.
std::unique_ptr<Catalogue> shipped_with_data();

}  // namespace reckon::suites::test
