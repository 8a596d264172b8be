#include "tests/suites/suite_test_support.h"

#include "base/error.h"

namespace reckon::suites::test {

WrittenTask::WrittenTask(const std::string& yaml, const std::string& rows) {
  folder_.write("rows.jsonl", rows);
  const std::string path = folder_.write("suite.yaml", yaml);
  DataLocations locations;
  locations.data_dir = folder_.path();
  task_ = Catalogue({}, "", locations).load(path).at(0);
}

std::unique_ptr<Grader> grader(const std::string& name, const std::string& options) {
  const json::Document parsed = json::parse(options.empty() ? "null" : options, "options");
  return make_grader(name, parsed, "test");
}

Extractor extractor(const std::string& rules) { return Extractor(json::parse(rules, "rules"), "test"); }

std::unique_ptr<Catalogue> shipped_with_data() {
  const std::optional<std::string> file = reckon::test::shared_data("math/gsm8k_test.jsonl");
  if (!file) {
    return nullptr;
  }
  DataLocations locations;
  locations.data_dir = file->substr(0, file->size() - std::string("/math/gsm8k_test.jsonl").size());
  return std::make_unique<Catalogue>(std::vector<std::string>{}, reckon::test::source_file("suites/tasks"),
                                     locations);
}

}  // namespace reckon::suites::test
