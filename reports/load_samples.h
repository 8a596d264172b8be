#pragma once
#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

/// Reads the lines of samples/<task>.jsonl into `task`: for every (doc_id, repeat) the last line that is not
/// an infrastructure error counts, else the last error. Odd things that can be read past go to `warnings`.
void load_samples(const std::string& path, TaskData& task, std::vector<std::string>& warnings);

}  // namespace reckon::reports
