#pragma once
// What hardware and kernels reach of their peaks: each constant a range with its source, none fitted.

#include <string>
#include <vector>

namespace reckon::reports {

/// The values that one evaluation of the model uses. Shares are of a peak, 0 to 1.
struct Assumptions {
  double gemm_fp8_share = 0;
  double gemm_bf16_share = 0;
  double gemm_memory_share = 0;
  double decode_attention_memory_share = 0;
  double decode_attention_compute_share = 0;
  double prefill_attention_share = 0;
  double elementwise_memory_share = 0;
  double link_bulk_share = 0;
  double link_small_share = 0;
  double network_bulk_share = 0;
  double network_dispatch_share = 0;
  double network_combine_share = 0;
  double network_message_seconds = 0;
  double link_message_seconds = 0;
  double kernel_seconds = 0;
  double expert_imbalance = 0;
  double communication_sm_share = 0;
  double memory_share = 0;
  double training_mfu = 0;
};

struct Constant {
  std::string key;
  std::string what;
  double low = 0;
  double mid = 0;
  double high = 0;
  bool high_is_faster = true;
  std::string source;
  std::string confidence;  ///< high, medium or low
  double Assumptions::*field = nullptr;
};

enum class Corner { pessimistic, middle, optimistic };

struct Constants {
  std::string path;
  std::vector<Constant> all;

  /// Every constant at its slow end, its middle or its fast end. Throughput rises with each constant's fast
  /// end, so the two outer corners bound all others.
  Assumptions at(Corner corner) const;
  Constant& named(const std::string& key);
  const Constant& named(const std::string& key) const;
};

/// Errors name file and entry: an unknown or missing key, low > mid > high, shares outside 0 to 1, no source.
Constants load_constants(const std::string& path);

}  // namespace reckon::reports
