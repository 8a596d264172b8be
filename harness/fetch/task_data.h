#pragma once
// What tasks need from the hub, brought before they are read.

#include <memory>
#include <optional>
#include <vector>

#include "suites/task.h"

namespace reckon::harness {

/// Fetches the splits of the tasks' datasets that lie nowhere on this machine into the cache, through the
/// hub's rows API. Does nothing with HF_HUB_OFFLINE set: reading then says what is missing. Errors: those of
/// HubRows::fetch().
void fetch_missing_data(const std::vector<std::shared_ptr<suites::Task>>& tasks,
                        std::optional<int> num_fewshot);

}  // namespace reckon::harness
