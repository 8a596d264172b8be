#pragma once
#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

/// Reads launches.jsonl. A launch without an end line was killed: it counts up to its last heartbeat.
/// `torn_lines` is raised by the number of unfinished lines.
std::vector<Launch> load_launches(const std::string& path, std::size_t& torn_lines);

}  // namespace reckon::reports
