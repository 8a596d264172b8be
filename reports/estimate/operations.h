#pragma once
// What one device does in one layer: every operation with its arithmetic and its bytes, every transfer with
// its volume.

#include <algorithm>
#include <string>
#include <vector>

#include "reports/estimate/machine.h"
#include "reports/estimate/model_shape.h"

namespace reckon::reports {

/// tensor_parallel devices share one batch; groups of them hold batches of their own; routed experts are
/// spread over expert_parallel devices (1: they are cut like the other matrices).
struct Layout {
  int devices = 1;
  int tensor_parallel = 1;
  int expert_parallel = 1;
  int redundant_experts = 0;  ///< copies of the busiest, kept so that devices are loaded alike
  int link_domain = 8;        ///< devices that links join; beyond it, the network

  double groups() const { return static_cast<double>(devices) / tensor_parallel; }
  bool leaves_links() const { return std::max(tensor_parallel, expert_parallel) > link_domain; }
};

/// What a device group works on at once.
struct Step {
  bool prefill = false;
  double tokens = 0;     ///< of one group
  double requests = 0;   ///< of one group
  double positions = 0;  ///< that a token attends to, on average
  double head_rows = 0;  ///< tokens whose logits are needed
};

enum class Limit { compute, memory, link, network, latency };
const char* name_of(Limit limit);

enum class Unit { gemm, gemm_16bit, expert_gemm, decode_attention, prefill_attention, elementwise };

struct Operation {
  std::string name;
  Unit unit = Unit::gemm;
  double flops = 0;  ///< of one device
  double bytes = 0;  ///< read and written by one device
  double kernels = 1;
  double tokens = 0;   ///< of a matrix product; 0: it is none
  double numbers = 0;  ///< of one of its matrices
};

enum class TransferKind { all_reduce, dispatch, combine };

struct Transfer {
  std::string name;
  TransferKind kind = TransferKind::all_reduce;
  bool bulk = false;         ///< of a prompt
  double link_bytes = 0;     ///< that one device sends inside its node
  double network_bytes = 0;  ///< that one device sends to other nodes
};

struct LayerWork {
  std::vector<Operation> operations;
  std::vector<Transfer> transfers;
};

struct WorkOptions {
  Precision precision = Precision::bf16;
  double matrix_bytes = 2;  ///< of one number of a layer's matrix, as it is read
  /// Inputs of FP8 products are read in 16 bits, quantised, and written in a pass of their own (arXiv
  /// 2412.19437, section 3.5.2); false: the rates of products hold it.
  bool separate_quantisation = true;
  double kv_bytes = 2;          ///< of one cached number
  double expert_imbalance = 1;  ///< busiest device over the mean
};

/// Expected number of different experts among `tokens` draws of `chosen` out of `experts`.
double touched_experts(double experts, double chosen, double tokens);

/// Expected number of nodes (or devices) that the `chosen` experts of one token lie on, when `experts` are
/// spread over `places` and routing is limited to `chosen_groups` of `groups` (DeepSeek-V3's node limit).
double touched_places(const ExpertShape& experts, double places);

LayerWork layer_work(const ModelShape& shape, bool expert_layer, const Step& step, const Layout& layout,
                     const WorkOptions& options);

/// The output matrix.
Operation head_work(const ModelShape& shape, const Step& step, const Layout& layout);

struct TimedPart {
  std::string name;
  double seconds = 0;
  Limit limit = Limit::compute;
};
TimedPart time_of(const Operation& operation, const MachineRates& rates);
TimedPart time_of(const Transfer& transfer, const MachineRates& rates);

}  // namespace reckon::reports
