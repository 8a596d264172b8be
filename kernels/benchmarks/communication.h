#pragma once
// Times what ranks exchange, through the operations that divided models use.
//
// Sizes and bandwidths are counted as nccl-tests counts them (doc/PERFORMANCE.md there): of n ranks, `bytes`
// is the whole buffer of a rank (of all_gather its output, of reduce_scatter its input), algbw = bytes /
// seconds, busbw = algbw times 2 (n - 1) / n for all_reduce and (n - 1) / n for the others. Sums are gathered
// and added in rank order here, never by a library, so their busbw says what a divided model gets and not
// what the links give; where the communicator is NCCL its own all_reduce and reduce_scatter, which no model
// uses, are timed beside them.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace reckon::kernels {

struct CommunicationOptions {
  std::int32_t ranks = 2;
  std::string device = "cpu";        ///< "cuda": rank r on the r-th visible device, through NCCL
  bool thread_communicator = false;  ///< cuda: through the host, on device 0 where there are too few
  std::uint64_t least_bytes = std::uint64_t{1} << 10;
  std::uint64_t most_bytes = std::uint64_t{1} << 26;
  int repetitions = 9;
  int calls = 8;  ///< of a repetition
  std::function<void(const std::string& name)> progress;
  /// Makes a rank's back end in place of `device`'s; may be empty.
  std::function<std::unique_ptr<Backend>(const BackendOptions&)> make_backend;
  /// Bytes per second of a card of that name's links, one way, by its maker; 0: not known. May be empty.
  std::function<double(const std::string& device)> link;
  /// Puts something between a rank and its communicator; may be empty.
  std::function<std::shared_ptr<Communicator>(std::shared_ptr<Communicator>)> wrap;
};

struct CommunicationTiming {
  std::string
      operation;  ///< "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "nccl all_reduce" ...
  std::uint64_t bytes = 0;                 ///< see above
  std::vector<double> repetition_seconds;  ///< of one call, by the slowest rank
  double seconds = 0;                      ///< their median
  double algorithm_bytes_per_second = 0;
  double bus_bytes_per_second = 0;
  /// Elements on all ranks that were not what they should be, before the timing and after it.
  std::int64_t errors = 0;
};

struct CommunicationReport {
  DeviceInfo device;         ///< of rank 0
  std::string communicator;  ///< "threads" or "nccl"
  std::int32_t ranks = 0;
  double link_bytes_per_second = 0;  ///< what busbw can reach at most, by the maker of the card; 0: not known
  std::vector<CommunicationTiming> timings;
};

/// Errors: fewer than two ranks; those of the back ends and communicators.
CommunicationReport run_communication_benchmarks(const CommunicationOptions& options);

/// One line a timing.
std::string communication_table(const CommunicationReport& report);
/// The layout of Google Benchmark's JSON, with the fields above beside it.
std::string communication_json(const CommunicationReport& report);

}  // namespace reckon::kernels
