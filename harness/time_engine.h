#pragma once
// How fast the whole engine is on a model: prefill, one stream, many streams. What `reckon bench --engine`
// prints.

#include <cstdint>
#include <string>
#include <vector>

#include "harness/command_line.h"

namespace reckon::harness {

struct EngineTiming {
  std::int64_t prefill_tokens = 0;
  double prefill_tokens_per_second = 0.0;
  struct Streams {
    int streams = 0;
    double decode_tokens_per_second = 0.0;  ///< of all streams together
    double mean_tokens_per_step = 0.0;
  };
  std::vector<Streams> streams;
  std::uint64_t weight_bytes_per_token = 0;  ///< weights that one token of one stream reads, as stored
  std::uint64_t resident_bytes = 0;          ///< of the process at its peak
  std::uint64_t kv_cache_bytes = 0;
  std::uint64_t weight_bytes = 0;
  /// Weights read by one stream's decode as a share of plain reads of the same bytes just before and after
  /// it, and the rate of those: medians of the rounds, so that neither a lucky pass nor a neighbour's burst
  /// decides. 0: not measured on this device.
  double decode_share_of_reads = 0.0;
  double weight_read_bytes_per_second = 0.0;
};

struct EngineTimingOptions {
  int prefill_tokens = 512;
  int generated_tokens = 128;
  int stream_prompt_tokens = 64;
  std::vector<int> streams = {1, 16};
  int rounds = 3;  ///< the best counts
  int share_rounds = 15;
  int share_tokens = 32;
};

EngineTiming time_engine(const ModelArguments& model, const EngineTimingOptions& options);

}  // namespace reckon::harness
