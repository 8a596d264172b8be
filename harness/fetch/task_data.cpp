#include "harness/fetch/task_data.h"

#include <cstdlib>

#include <fmt/format.h>

#include "harness/fetch/hub_rows.h"
#include "harness/share_folder.h"

namespace reckon::harness {

void fetch_missing_data(const std::vector<std::shared_ptr<suites::Task>>& tasks,
                        std::optional<int> num_fewshot) {
  const char* offline = std::getenv("HF_HUB_OFFLINE");
  if (offline != nullptr && std::string_view(offline) != "0") return;
  for (const auto& task : tasks) {
    for (const suites::HubSplit& split : task->missing_splits(num_fewshot)) {
      fmt::print(stderr, "reckon: fetching {} {}, split {}\n", split.dataset, split.config, split.split);
      HubRows::from_environment().fetch({split.dataset, split.config, split.split},
                                        fmt::format("{}/datasets/{}", cache_folder(), split.folder),
                                        [](std::int64_t, std::int64_t) {});
    }
  }
}

}  // namespace reckon::harness
