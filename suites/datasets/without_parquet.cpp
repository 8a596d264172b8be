// A build that found no Arrow.

#include "base/error.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {

bool reads_parquet() { return false; }

std::vector<DatasetRow> read_parquet(const std::string& path, const DatasetLimits&) {
  fail_input(
      "{}: this build does not read Parquet, as it was made without Arrow: put the rows beside it as JSON "
      "lines (.jsonl), or configure the build with -DRECKON_ARROW=FOLDER (suites/README.md)",
      path);
}

}  // namespace reckon::suites
