#pragma once
// What a model served on given devices should reach: prefill and decode, memory, bottleneck; always a range.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/operations.h"

namespace reckon::reports {

/// How much of the communication is hidden behind work.
enum class Schedule {
  unknown,     ///< anything between none and all of it
  sequential,  ///< none: one batch after the other
};

struct ServingSetup {
  ModelShape shape;
  Machine machine;
  Layout layout;
  Precision precision = Precision::bf16;  ///< of products
  double kv_bytes_per_number = 2;
  double requests = 1;            ///< decoded at once, over all devices
  double context_tokens = 4096;   ///< in the cache of a request, on average
  double prompt_tokens = 4096;    ///< of a request
  double prefill_tokens = 16384;  ///< that a device works on at once
  int draft_tokens = 0;           ///< guessed a step (MTP)
  double draft_acceptance = 0;    ///< of the next guess, given that those before it were right
  Schedule schedule = Schedule::unknown;
  bool balanced_experts = false;  ///< every device has the same number of tokens, by construction

  /// Of one number of a layer's matrix.
  double matrix_bytes() const;
  /// Tokens that a request gains a step: 1 + a + a^2 + ...
  double tokens_per_step() const;
};

/// Errors for people: layouts that do not divide, precisions that the device lacks, networks that are not
/// known.
void check(const ServingSetup& setup);

/// One evaluation of one step.
struct StepTime {
  double work_seconds = 0;        ///< operations of one batch
  double transfer_seconds = 0;    ///< transfers of one batch
  double exposed_seconds = 0;     ///< one after the other
  double overlapped_seconds = 0;  ///< two half batches, each layer as long as the longer of work and
                                  ///< transfers; never longer than exposed
  std::vector<TimedPart> parts;   ///< of one batch, summed over layers, longest first
};
StepTime step_time(const ServingSetup& setup, const Step& step, const MachineRates& rates);
Step decode_step(const ServingSetup& setup);
Step prefill_step(const ServingSetup& setup);

struct PhaseEstimate {
  Range tokens_per_second;  ///< of all devices; middle: the geometric middle of the ends
  Range step_seconds;
  StepTime middle;    ///< at the constants' middle
  double tokens = 0;  ///< that one step gains, over all devices
  Limit bottleneck = Limit::compute;
  std::string bottleneck_part;  ///< the longest single part

  Range per_device(const Layout& layout) const;
};

struct MemoryEstimate {
  double weight_bytes = 0;             ///< of one device
  double kv_bytes = 0;                 ///< of one device, for the requests asked for
  std::optional<double> device_bytes;  ///< absent: not known
  Range usable_bytes;
  enum class Fit { yes, tight, no, not_known } fit = Fit::not_known;
  std::optional<Range> most_requests;  ///< over all devices, at that context
};

struct ServingEstimate {
  PhaseEstimate prefill;
  PhaseEstimate decode;
  Range seconds_per_output_token;  ///< of one request
  MemoryEstimate memory;
};

ServingEstimate estimate_serving(const ServingSetup& setup, const Constants& constants);
MemoryEstimate estimate_memory(const ServingSetup& setup, const Constants& constants);

const char* name_of(MemoryEstimate::Fit fit);

}  // namespace reckon::reports
