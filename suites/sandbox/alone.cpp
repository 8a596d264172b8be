#include "suites/sandbox/alone.h"

namespace reckon::suites::sandbox {

std::shared_mutex& turn_of_boxes() {
  static std::shared_mutex mutex;
  return mutex;
}

}  // namespace reckon::suites::sandbox
