#include "kernels/cuda/benchmarks/identify.h"

#include <fmt/format.h>

#include "base/json.h"

namespace reckon::kernels::cuda {
namespace {

// Peaks, TFLOP/s of FP64 over FP32 outside of tensor cores: H100 and H200 34 / 67 (NVIDIA H100 datasheet),
// H800 and H20 about 1 / 67 and 1 / 44 (share/hardware/accelerators.json names the sources).
constexpr double kFullFp64Share = 0.25;  ///< halfway, on a scale of factors, between 1/2 and 1/8
// One way: an H100's links give about 380 GB/s between two cards, an H800's at most 200, PCIe 5 at most 64.
constexpr double kFullLinks = 220.0;
constexpr double kAnyLinks = 70.0;

bool named(const CardEvidence& evidence, const char* model) {
  return evidence.name.find(model) != std::string::npos;
}

}  // namespace

CardIdentity identify_card(const CardEvidence& evidence) {
  CardIdentity identity;
  auto& reasons = identity.reasons;
  reasons.push_back(fmt::format("compute capability {}.{}, {} multiprocessors, {:.0f} GB",
                                evidence.compute_major, evidence.compute_minor, evidence.multiprocessors,
                                evidence.memory_gb));
  const double share = evidence.fp32_tflops > 0 ? evidence.fp64_tflops / evidence.fp32_tflops : 0;
  reasons.push_back(fmt::format("FP64 {:.2f} TFLOP/s measured, {:.3f} of FP32's {:.2f}", evidence.fp64_tflops,
                                share, evidence.fp32_tflops));
  if (evidence.peer_gb_per_s)
    reasons.push_back(fmt::format("peer copy {:.0f} GB/s one way measured", *evidence.peer_gb_per_s));
  else
    reasons.push_back("no peer copy: " + evidence.no_peer);
  if (evidence.compute_major != 9 || evidence.compute_minor != 0) {
    identity.card = "not told apart";
    reasons.emplace_back("only cards of compute capability 9.0 are told apart by what was cut from them");
    return identity;
  }
  if (!(evidence.fp64_tflops > 0) || !(evidence.fp32_tflops > 0)) {
    identity.card = "not told apart";
    reasons.emplace_back("no FP64 rate was measured");
    return identity;
  }
  const bool full_fp64 = share > kFullFp64Share;
  reasons.push_back(full_fp64 ? "FP64 at half of FP32: nothing was cut (H100, H200, GH200)"
                              : "FP64 far below half of FP32: it was cut (H800, H20)");
  if (evidence.peer_gb_per_s && *evidence.peer_gb_per_s > kAnyLinks) {
    const bool full_links = *evidence.peer_gb_per_s > kFullLinks;
    reasons.push_back(full_links ? "links of more than 400 GB/s both ways: not an H800"
                                 : "links of at most 400 GB/s both ways: an H800's");
    // An H20 has all its links and no FP64; nothing has the reverse.
    if (full_fp64 && !full_links) {
      identity.card = "not told apart";
      reasons.emplace_back("whole FP64 with cut links fits no known card: something else may use the links");
      return identity;
    }
  }
  if (full_fp64) {
    identity.card = evidence.memory_gb > 120 ? "H200" : "H100";
    identity.agrees_with_name = !named(evidence, "H800") && !named(evidence, "H20 ");
  } else {
    identity.card = evidence.multiprocessors < 100 ? "H20" : "H800";
    identity.agrees_with_name = !named(evidence, "H100") && !named(evidence, "H200");
  }
  if (!identity.agrees_with_name)
    reasons.push_back(fmt::format("the driver calls it \"{}\", which does not fit", evidence.name));
  return identity;
}

std::string identity_text(const CardEvidence& evidence, const CardIdentity& identity) {
  std::string text = fmt::format("{}: {}\n", evidence.name, identity.card);
  for (const std::string& reason : identity.reasons) text += "  " + reason + "\n";
  return text;
}

std::string identity_json(const CardEvidence& evidence, const CardIdentity& identity) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("name", json::string(evidence.name, allocator), allocator);
  document.AddMember("card", json::string(identity.card, allocator), allocator);
  document.AddMember("agrees_with_name", identity.agrees_with_name, allocator);
  document.AddMember(
      "compute_capability",
      json::string(fmt::format("{}.{}", evidence.compute_major, evidence.compute_minor), allocator),
      allocator);
  document.AddMember("multiprocessors", evidence.multiprocessors, allocator);
  document.AddMember("memory_gb", evidence.memory_gb, allocator);
  document.AddMember("fp64_tflops", evidence.fp64_tflops, allocator);
  document.AddMember("fp32_tflops", evidence.fp32_tflops, allocator);
  if (evidence.peer_gb_per_s) document.AddMember("peer_gb_per_s", *evidence.peer_gb_per_s, allocator);
  json::Value reasons(rapidjson::kArrayType);
  for (const std::string& reason : identity.reasons)
    reasons.PushBack(json::string(reason, allocator), allocator);
  document.AddMember("evidence", reasons, allocator);
  return json::dump_pretty(document);
}

}  // namespace reckon::kernels::cuda
