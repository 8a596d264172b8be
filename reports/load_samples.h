#pragma once
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "reports/json_lines.h"
#include "reports/run_data.h"

namespace reckon::reports {

/// Reads the lines of samples/<task>.jsonl into `task`: for every (doc_id, repeat) the last line that is not
/// an infrastructure error counts, else the last error. Odd things that can be read past go to `warnings`.
/// Of each text at most about `text_bytes` are kept.
void load_samples(const JsonLines& file, std::size_t text_bytes, ThreadPool& pool, TaskData& task,
                  std::vector<std::string>& warnings);

/// What may be kept of each text so that those of all files together take a bounded part of memory.
std::size_t text_bytes_to_keep(std::uint64_t bytes, std::uint64_t lines);

/// Reads joint/<task>.jsonl into `task.joint`.
void load_joint_grades(const std::string& path, TaskData& task);

}  // namespace reckon::reports
