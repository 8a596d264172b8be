#include "reports/estimate/comparison.h"

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/format.h"

namespace reckon::reports {
namespace {

// Less than this is called nothing.
constexpr double kNothing = 0.005;

struct Rates {
  double decode = 0;
  double prefill = 0;
};

Rates middle_rates(const ServingSetup& setup, const Constants& constants) {
  const ServingEstimate estimate = estimate_serving(setup, constants);
  return {estimate.decode.tokens_per_second.middle, estimate.prefill.tokens_per_second.middle};
}

std::string change(double ratio) { return fmt::format("{:+.0f} %", 100 * (ratio - 1)); }

std::string amount(double value, const char* unit) {
  return value >= 1000 ? count(std::llround(value)) + " " + unit : fmt::format("{:g} {}", value, unit);
}

class DifferenceFinder {
 public:
  DifferenceFinder(const ServingSetup& first, const ServingSetup& other, const Constants& constants)
      : first_(first), other_(other), constants_(constants), base_(middle_rates(first, constants)) {}

  std::vector<Difference> find() {
    const Accelerator& a = first_.machine.card;
    const Accelerator& b = other_.machine.card;
    figure("memory bandwidth", a.memory_gb_per_s, b.memory_gb_per_s, "GB/s",
           [&](ServingSetup& setup) { setup.machine.card.memory_gb_per_s = b.memory_gb_per_s; });
    arithmetic(a, b);
    figure("links (both ways)", a.link_gb_per_s_both_ways, b.link_gb_per_s_both_ways, "GB/s",
           [&](ServingSetup& setup) {
             setup.machine.card.link_gb_per_s_both_ways = b.link_gb_per_s_both_ways;
             setup.machine.card.pcie_generation = b.pcie_generation;
           });
    network(a, b);
    figure("devices joined by links", a.devices_per_link_domain, b.devices_per_link_domain, "",
           [&](ServingSetup& setup) { setup.layout.link_domain = b.devices_per_link_domain; });
    memory_size();
    if (a.fp64_tflops != b.fp64_tflops) {
      found_.push_back({"FP64", amount(a.fp64_tflops, "TFLOPS"), amount(b.fp64_tflops, "TFLOPS"), 1, 1,
                        "nothing follows: no operation of a language model uses it"});
    }
    return std::move(found_);
  }

 private:
  template <typename Change>
  void figure(const char* name, double first, double other, const char* unit, Change apply) {
    if (first == other) return;
    ServingSetup changed = first_;
    apply(changed);
    add(name, amount(first, unit), amount(other, unit), changed);
  }

  void add(const std::string& name, const std::string& first, const std::string& other,
           const ServingSetup& changed) {
    const Rates rates = middle_rates(changed, constants_);
    Difference difference{name, first, other, rates.decode / base_.decode, rates.prefill / base_.prefill, ""};
    const bool decode = std::abs(difference.decode_ratio - 1) >= kNothing;
    const bool prefill = std::abs(difference.prefill_ratio - 1) >= kNothing;
    if (!decode && !prefill) {
      difference.consequence = "nothing follows: no step of this layout waits for it";
    } else {
      difference.consequence =
          fmt::format("decode {}, prefill {}", decode ? change(difference.decode_ratio) : "unchanged",
                      prefill ? change(difference.prefill_ratio) : "unchanged");
    }
    found_.push_back(std::move(difference));
  }

  void arithmetic(const Accelerator& a, const Accelerator& b) {
    const auto text = [](const Accelerator& card) {
      return fmt::format("{:g} TFLOPS BF16, {}", card.bf16_dense_tflops,
                         card.fp8_dense_tflops ? fmt::format("{:g} FP8", *card.fp8_dense_tflops) : "no FP8");
    };
    if (a.bf16_dense_tflops == b.bf16_dense_tflops && a.fp8_dense_tflops == b.fp8_dense_tflops) return;
    ServingSetup changed = first_;
    changed.machine.card.bf16_dense_tflops = b.bf16_dense_tflops;
    changed.machine.card.fp8_dense_tflops = b.fp8_dense_tflops;
    changed.machine.card.measured = b.measured;
    changed.precision = other_.precision;
    add("arithmetic", text(a), text(b), changed);
    if (other_.precision != first_.precision) {
      found_.back().consequence += fmt::format(" (weights kept as {} instead of {})",
                                               name_of(other_.precision), name_of(first_.precision));
    }
  }

  void network(const Accelerator& a, const Accelerator& b) {
    if (first_.machine.network_gb_per_s || !a.network || !b.network) return;
    figure("network interface", a.network->gb_per_s_one_way, b.network->gb_per_s_one_way, "GB/s one way",
           [&](ServingSetup& setup) { setup.machine.card.network = b.network; });
  }

  void memory_size() {
    const MemoryEstimate a = estimate_memory(first_, constants_);
    const MemoryEstimate b = estimate_memory(other_, constants_);
    if (!a.device_bytes || !b.device_bytes || std::abs(*a.device_bytes / *b.device_bytes - 1) < 0.08) return;
    found_.push_back({"memory", fmt::format("{:.0f} GB", *a.device_bytes / 1e9),
                      fmt::format("{:.0f} GB", *b.device_bytes / 1e9), 1, 1,
                      fmt::format("{}; room for {} requests instead of {}", name_of(b.fit),
                                  count(std::llround(b.most_requests->middle)),
                                  count(std::llround(a.most_requests->middle)))});
  }

  const ServingSetup& first_;
  const ServingSetup& other_;
  const Constants& constants_;
  Rates base_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<DeviceEstimate> compare_devices(const ServingSetup& setup, const std::vector<Accelerator>& cards,
                                            const Constants& constants) {
  std::vector<DeviceEstimate> all;
  for (const Accelerator& card : cards) {
    DeviceEstimate device;
    device.setup = setup;
    device.setup.machine.card = card;
    device.setup.machine.card_is_known = true;
    device.setup.layout.link_domain = card.devices_per_link_domain;
    if (!device.setup.machine.has_fp8()) device.setup.precision = Precision::bf16;
    try {
      device.estimate = estimate_serving(device.setup, constants);
      if (!all.empty() && all.front().estimate) {
        device.differences = DifferenceFinder(all.front().setup, device.setup, constants).find();
      }
    } catch (const Error& error) {
      device.problem = error.what();
    }
    all.push_back(std::move(device));
  }
  return all;
}

}  // namespace reckon::reports
