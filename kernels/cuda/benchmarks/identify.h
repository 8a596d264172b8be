#pragma once
// Which card is it? An H800 and an H100 share compute capability, number of multiprocessors and memory, and a
// name can be anything that a vendor's firmware says. What was cut from the H800 tells them apart: FP64
// arithmetic (1 TFLOP/s where an H100 has 34) and the links between cards (400 GB/s both ways, not 900).

#include <optional>
#include <string>
#include <vector>

namespace reckon::kernels::cuda {

struct CardEvidence {
  std::string name;  ///< as the driver says
  int compute_major = 0, compute_minor = 0;
  int multiprocessors = 0;
  double memory_gb = 0;
  double fp64_tflops = 0;               ///< measured: fused multiply-adds on all multiprocessors
  double fp32_tflops = 0;               ///< measured in the same way
  std::optional<double> peer_gb_per_s;  ///< measured: one way, to another card of this machine
  std::string no_peer;                  ///< why not, where it was not
};

struct CardIdentity {
  std::string card;                  ///< "H100 (SXM or PCIe)", or "not told apart"
  bool agrees_with_name = true;      ///< what was measured fits what the driver calls it
  std::vector<std::string> reasons;  ///< one line a piece of evidence
};

CardIdentity identify_card(const CardEvidence& evidence);

std::string identity_text(const CardEvidence& evidence, const CardIdentity& identity);
std::string identity_json(const CardEvidence& evidence, const CardIdentity& identity);

}  // namespace reckon::kernels::cuda
