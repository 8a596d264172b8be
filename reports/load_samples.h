#pragma once
#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

/// Reads the lines of samples/<task>.jsonl into `task`: for every (doc_id, repeat) the last line that is not
/// an infrastructure error counts, else the last error. Odd things that can be read past go to `warnings`.
/// Of each text at most about `text_bytes` are kept.
void load_samples(const std::string& path, std::size_t text_bytes, TaskData& task,
                  std::vector<std::string>& warnings);

/// What may be kept of each text so that those of all files together take a bounded part of memory.
std::size_t text_bytes_to_keep(const std::vector<std::string>& paths);

/// Reads joint/<task>.jsonl into `task.joint`.
void load_joint_grades(const std::string& path, TaskData& task);

}  // namespace reckon::reports
