#include "reports/estimate/machine.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/load_kernels.h"

namespace reckon::reports {
namespace {

// "576x1536, 16 tokens" -> 16; 0 where the shape has no such end.
int tokens_of(const std::string& shape) {
  const std::size_t comma = shape.rfind(", ");
  if (comma == std::string::npos) return 0;
  int tokens = 0;
  const char* const begin = shape.data() + comma + 2;
  const auto [end, problem] = std::from_chars(begin, shape.data() + shape.size(), tokens);
  return problem == std::errc() && std::string_view(end).starts_with(" token") ? tokens : 0;
}

Range range_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double middle = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {values.front(), middle, values.back()};
}

double at(const Range& range, Corner corner) {
  return corner == Corner::middle ? range.middle : corner == Corner::optimistic ? range.high : range.low;
}

// "128x384, 16 tokens" or "2 of 8, 128x384, 16 tokens" -> 128 * 384; 0 where there is no such part.
double numbers_of(const std::string& shape) {
  const std::size_t times = shape.find('x');
  if (times == std::string::npos) return 0;
  const std::size_t space = shape.rfind(' ', times);
  const std::size_t begin = space == std::string::npos ? 0 : space + 1;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  const char* const text = shape.data();
  if (std::from_chars(text + begin, text + times, rows).ptr != text + times) return 0;
  if (std::from_chars(text + times + 1, text + shape.size(), columns).ec != std::errc()) return 0;
  return static_cast<double>(rows) * static_cast<double>(columns);
}

// Nothing where the kernel is no matrix product.
std::optional<MeasuredProduct> product_of(const KernelTiming& kernel) {
  const bool experts = kernel.name.starts_with("experts ");
  if (!experts && !kernel.name.starts_with("linear ")) return std::nullopt;
  MeasuredProduct product;
  product.weights = kernel.name.substr(kernel.name.find(' ') + 1);
  product.experts = experts;
  product.numbers = numbers_of(kernel.shape);
  product.tokens = tokens_of(kernel.shape);
  if (!(product.numbers > 0) || !(product.tokens > 0)) return std::nullopt;
  const double middle = *kernel.gflop_per_s * 1e9;
  product.flops = {middle, middle, middle};
  for (const double seconds : kernel.repetitions) {
    if (!(seconds > 0)) continue;
    product.flops.low = std::min(product.flops.low, middle * kernel.seconds / seconds);
    product.flops.high = std::max(product.flops.high, middle * kernel.seconds / seconds);
  }
  return product;
}

// One direction, 16 lanes, after encoding.
double pcie_bytes(int generation) {
  double bytes = 15.75e9;
  for (int i = 3; i < generation; ++i) bytes *= 2;
  return bytes;
}

void widen(Constants& constants, const char* key, double share) {
  Constant& constant = constants.named(key);
  if (share >= constant.low && share <= constant.high) return;
  constant.low = std::min(constant.low, share);
  constant.high = std::max(constant.high, share);
  constant.mid = share;
}

}  // namespace

const char* name_of(Precision precision) { return precision == Precision::fp8 ? "fp8" : "bf16"; }

MeasuredProfile load_profile(const std::string& path) {
  const KernelTable table = load_kernels(path);
  MeasuredProfile profile;
  profile.path = path;
  profile.device_name = table.device_name;
  int fewest = std::numeric_limits<int>::max();
  int most = 0;
  for (const KernelTiming& kernel : table.kernels) {
    if (!kernel.name.starts_with("linear ")) continue;
    const int tokens = tokens_of(kernel.shape);
    if (tokens == 0) continue;
    fewest = std::min(fewest, tokens);
    most = std::max(most, tokens);
  }
  if (most == 0) {
    fail_input("{}: holds no matrix products; `reckon bench --model MODEL --output FILE` makes a profile",
               path);
  }
  std::vector<double> gemm_flops, gemm_bytes, attention_flops, attention_bytes, elementwise;
  profile.kernel_seconds = std::numeric_limits<double>::infinity();
  for (const KernelTiming& kernel : table.kernels) {
    if (!(kernel.seconds > 0) || !kernel.gb_per_s || !kernel.gflop_per_s) continue;
    profile.kernel_seconds = std::min(profile.kernel_seconds, kernel.seconds);
    const double flops = *kernel.gflop_per_s * 1e9;
    const double bytes = *kernel.gb_per_s * 1e9;
    if (auto product = product_of(kernel)) profile.products.push_back(std::move(*product));
    if (kernel.name.starts_with("linear ")) {
      const int tokens = tokens_of(kernel.shape);
      if (tokens == fewest) gemm_bytes.push_back(bytes);
      if (tokens == most) gemm_flops.push_back(flops);
      ++profile.shapes;
    } else if (kernel.name.starts_with("attention prefill") || kernel.name.starts_with("mla expanded")) {
      attention_flops.push_back(flops);
    } else if (kernel.name.starts_with("attention decode") || kernel.name.starts_with("mla absorbed")) {
      attention_bytes.push_back(bytes);
    } else if (kernel.name == "rms_norm" || kernel.name == "rope") {
      elementwise.push_back(bytes);
    }
  }
  if (gemm_flops.empty() || gemm_bytes.empty()) {
    fail_input("{}: its matrix products carry no 'gb_per_s' and 'gflop_per_s'", path);
  }
  profile.gemm_flops = range_of(gemm_flops);
  profile.gemm_bytes = range_of(gemm_bytes);
  profile.attention_flops = attention_flops.empty() ? profile.gemm_flops : range_of(attention_flops);
  profile.attention_bytes = attention_bytes.empty() ? profile.gemm_bytes : range_of(attention_bytes);
  profile.elementwise_bytes = elementwise.empty() ? profile.gemm_bytes : range_of(elementwise);
  if (table.read_gb_per_s) profile.read_bytes = *table.read_gb_per_s * 1e9;
  return profile;
}

double measured_flops(const MeasuredProfile& profile, bool experts, Precision precision, double numbers,
                      double tokens, Corner corner) {
  // Another kind or another type of weights is far, another size near.
  const auto distance = [&](const MeasuredProduct& product) {
    const bool fp8 = product.weights.starts_with("fp8");
    return (product.experts != experts ? 100.0 : 0.0) + (fp8 != (precision == Precision::fp8) ? 50.0 : 0.0) +
           std::fabs(std::log(product.numbers / numbers));
  };
  const auto nearest =
      std::min_element(profile.products.begin(), profile.products.end(),
                       [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  std::map<double, double> rates;  // by tokens, of that matrix
  for (const MeasuredProduct& product : profile.products) {
    const bool same = product.experts == nearest->experts && product.weights == nearest->weights &&
                      product.numbers == nearest->numbers;
    if (!same) continue;
    const auto [place, fresh] = rates.try_emplace(product.tokens, at(product.flops, corner));
    if (!fresh) place->second = std::min(place->second, at(product.flops, corner));
  }
  const auto above = rates.lower_bound(tokens);
  if (above == rates.end()) return rates.rbegin()->second;
  if (above == rates.begin()) return above->second;
  const auto below = std::prev(above);
  const double share = std::log(tokens / below->first) / std::log(above->first / below->first);
  return std::exp(std::log(below->second) * (1 - share) + std::log(above->second) * share);
}

double Machine::link_bytes_one_way() const {
  if (!card_is_known) return 0;
  const double link = card.link_gb_per_s_one_way() * 1e9;
  return link > 0 ? link : pcie_bytes(card.pcie_generation);
}

std::optional<double> Machine::network_bytes_one_way() const {
  if (network_gb_per_s) return *network_gb_per_s * 1e9;
  if (card.network) return card.network->gb_per_s_one_way * 1e9;
  return std::nullopt;
}

std::string Machine::name() const { return card_is_known ? card.name : profile->device_name; }

std::string Machine::rates_source() const {
  if (!profile) {
    return fmt::format("peaks of {} (confidence {}), times the constants' shares", card.file,
                       card.confidence);
  }
  std::set<std::string> types;
  for (const MeasuredProduct& product : profile->products) types.insert(product.weights);
  return fmt::format("measured on {} ({}, {} matrix shapes, weights {}), in place of the catalogue's peaks",
                     profile->device_name.empty() ? "a device that is not named" : profile->device_name,
                     profile->path, profile->shapes, fmt::join(types, ", "));
}

Constants constants_for(const Machine& machine, Constants constants) {
  for (const MeasuredRate& rate : machine.card.measured) {
    const std::optional<double> peak = machine.card.figure(rate.figure);
    if (!peak || *peak <= 0 || rate.value > *peak) continue;
    if (rate.figure == "bf16_dense_tflops") widen(constants, "gemm_bf16_share", rate.value / *peak);
    if (rate.figure == "fp8_dense_tflops") widen(constants, "gemm_fp8_share", rate.value / *peak);
  }
  return constants;
}

MachineRates rates_of(const Machine& machine, Precision precision, const Assumptions& values, Corner corner) {
  MachineRates rates;
  rates.precision = precision;
  rates.corner = corner;
  if (machine.profile) {
    const MeasuredProfile& measured = *machine.profile;
    rates.measured = &measured;
    rates.gemm_flops = rates.gemm_16bit_flops = at(measured.gemm_flops, corner);
    rates.gemm_bytes = at(measured.gemm_bytes, corner);
    rates.prefill_attention_flops = rates.decode_attention_flops = at(measured.attention_flops, corner);
    rates.decode_attention_bytes = at(measured.attention_bytes, corner);
    rates.elementwise_bytes = at(measured.elementwise_bytes, corner);
    // The time of a call is part of what was measured for each product.
    rates.kernel_seconds = corner == Corner::pessimistic ? measured.kernel_seconds : 0;
  } else {
    const double bf16 = machine.card.bf16_dense_tflops * 1e12;
    const double memory = machine.card.memory_gb_per_s * 1e9;
    rates.gemm_16bit_flops = bf16 * values.gemm_bf16_share;
    rates.gemm_flops = precision == Precision::fp8
                           ? machine.card.fp8_dense_tflops.value_or(0) * 1e12 * values.gemm_fp8_share
                           : rates.gemm_16bit_flops;
    rates.gemm_bytes = memory * values.gemm_memory_share;
    rates.decode_attention_flops = bf16 * values.decode_attention_compute_share;
    rates.decode_attention_bytes = memory * values.decode_attention_memory_share;
    rates.prefill_attention_flops = bf16 * values.prefill_attention_share;
    rates.elementwise_bytes = memory * values.elementwise_memory_share;
    rates.kernel_seconds = values.kernel_seconds;
  }
  const double link = machine.link_bytes_one_way();
  const double network = machine.network_bytes_one_way().value_or(0);
  rates.link_bulk = link * values.link_bulk_share;
  rates.link_small = link * values.link_small_share;
  rates.network_bulk = network * values.network_bulk_share;
  rates.network_dispatch = network * values.network_dispatch_share;
  rates.network_combine = network * values.network_combine_share;
  rates.link_message_seconds = values.link_message_seconds;
  rates.network_message_seconds = values.network_message_seconds;
  rates.expert_imbalance = values.expert_imbalance;
  rates.communication_sm_share = values.communication_sm_share;
  return rates;
}

}  // namespace reckon::reports
