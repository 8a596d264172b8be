#pragma once
// Loops over items whose work may fail.

#include <cstddef>
#include <functional>

#include "base/thread_pool.h"

namespace reckon::reports {

/// Calls body(item) for every item in [0, items) on the pool's threads. An error that items throw is thrown
/// again: that of the first of them, so that it does not depend on the threads.
void for_each_item(ThreadPool& pool, std::size_t items, const std::function<void(std::size_t item)>& body);

}  // namespace reckon::reports
