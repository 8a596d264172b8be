#pragma once
// The samples of a report: a small index that stays unpacked in the page, and blocks of texts unpacked on
// demand.

#include <cstddef>
#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

inline constexpr std::size_t kSamplesPerBlock = 100;

struct SampleBlocks {
  std::string index;  ///< deflated, base64: columns of what the list shows and the filters ask for
  std::vector<std::string> blocks;  ///< deflated, base64: JSON arrays of kSamplesPerBlock samples
  std::size_t samples = 0;
  std::size_t cut = 0;          ///< samples with a text that was cut
  std::size_t text_budget = 0;  ///< bytes of each text that were kept; 0: all
  std::size_t bytes() const;
};

/// Packs the samples of all runs into at most about `budget` bytes: texts are cut in the middle until they
/// fit.
SampleBlocks pack_samples(const std::vector<RunData>& runs, std::size_t budget);

}  // namespace reckon::reports
