#include "reports/parallel_items.h"

#include <cstdint>
#include <exception>
#include <vector>

namespace reckon::reports {

void for_each_item(ThreadPool& pool, std::size_t items, const std::function<void(std::size_t item)>& body) {
  std::vector<std::exception_ptr> failures(items);
  pool.parallel_for(static_cast<std::int64_t>(items), [&](std::int64_t item, int) {
    const auto at = static_cast<std::size_t>(item);
    try {
      body(at);
    } catch (...) {
      failures[at] = std::current_exception();
    }
  });
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace reckon::reports
