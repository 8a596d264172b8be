#pragma once
// The device that an estimate is for: peaks of the catalogue, or what `reckon bench` measured in their place.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/constants.h"
#include "reports/hardware/catalogue.h"

namespace reckon::reports {

struct Range {
  double low = 0;
  double middle = 0;
  double high = 0;
};

enum class Precision { bf16, fp8 };
const char* name_of(Precision precision);

/// A matrix product, timed: the rate that it reached, over its repetitions.
struct MeasuredProduct {
  std::string weights;   ///< "bf16", "fp8_e4m3", "q4_1" ...
  bool experts = false;  ///< of several experts at once
  double numbers = 0;    ///< of one matrix
  double tokens = 0;     ///< of the whole batch
  Range flops;           ///< operations a second
};

/// What a machine was seen to reach: `reckon bench --output` on it. Ranges are over the shapes measured,
/// those of single products over their repetitions.
struct MeasuredProfile {
  std::string path;
  std::string device_name;
  std::vector<MeasuredProduct> products;
  Range gemm_flops;       ///< operations a second, products of the largest number of tokens
  Range gemm_bytes;       ///< bytes a second, products of one token
  Range attention_flops;  ///< over a prompt
  Range attention_bytes;  ///< of one token over its cache
  Range elementwise_bytes;
  double kernel_seconds = 0;         ///< the shortest call
  std::optional<double> read_bytes;  ///< streaming read, bytes a second
  std::size_t shapes = 0;
};

/// Errors: a file that `reckon bench --output` did not write, or one without matrix products.
MeasuredProfile load_profile(const std::string& path);

struct Machine {
  Accelerator card;
  std::optional<MeasuredProfile> profile;  ///< used in place of the card's peaks
  bool card_is_known = true;               ///< false: only the profile is known
  std::optional<double> network_gb_per_s;  ///< in place of the card's interface

  bool has_fp8() const { return profile.has_value() || card.fp8_dense_tflops.has_value(); }
  /// Bytes a second in one direction to devices of the same node: links, else PCIe of 16 lanes.
  double link_bytes_one_way() const;
  std::optional<double> network_bytes_one_way() const;
  std::string name() const;
  std::string rates_source() const;  ///< one sentence for people
};

/// Rates in operations, bytes and seconds of one evaluation.
struct MachineRates {
  const MeasuredProfile* measured = nullptr;  ///< where there is one, products take their rate from it
  Precision precision = Precision::bf16;
  Corner corner = Corner::middle;
  double gemm_flops = 0;  ///< at the precision of the weights
  double gemm_16bit_flops = 0;
  double gemm_bytes = 0;
  double decode_attention_flops = 0;
  double decode_attention_bytes = 0;
  double prefill_attention_flops = 0;
  double elementwise_bytes = 0;
  double link_bulk = 0;
  double link_small = 0;
  double network_bulk = 0;
  double network_dispatch = 0;
  double network_combine = 0;
  double link_message_seconds = 0;
  double network_message_seconds = 0;
  double kernel_seconds = 0;
  double expert_imbalance = 1;
  double communication_sm_share = 0;
};

/// Operations a second of a product of `tokens` with a matrix of `numbers`: those of the matrix measured
/// whose size is nearest (of the same kind and precision where there is one), between the numbers of tokens
/// measured along a straight line in logarithms, beyond them as at the nearest.
double measured_flops(const MeasuredProfile& profile, bool experts, Precision precision, double numbers,
                      double tokens, Corner corner);

/// A device whose matrix products were measured outside the range of the constant has its own: the range is
/// extended to what was measured, which becomes its middle.
Constants constants_for(const Machine& machine, Constants constants);

/// `values` are those of `corner`; the profile's ranges are taken at the same corner. Rates of networks that
/// are not known are 0.
MachineRates rates_of(const Machine& machine, Precision precision, const Assumptions& values, Corner corner);

}  // namespace reckon::reports
