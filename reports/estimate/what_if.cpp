#include "reports/estimate/what_if.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"

namespace reckon::reports {
namespace {

constexpr double kRequestsPerDevice = 32;

ServingSetup setup_of(const ModelShape& shape, const Layout& layout, const WhatIf& wanted) {
  ServingSetup setup;
  setup.shape = shape;
  setup.layout = layout;
  setup.precision = shape.fp8_weights ? Precision::fp8 : Precision::bf16;
  setup.prompt_tokens = std::max(1.0, wanted.prompt_tokens);
  setup.context_tokens = std::max(1.0, wanted.prompt_tokens + wanted.output_tokens / 2);
  setup.requests = kRequestsPerDevice * layout.devices;
  return setup;
}

std::string layout_text(const Layout& layout) {
  if (layout.devices == 1) return "one device";
  const int nodes = (layout.devices + layout.link_domain - 1) / layout.link_domain;
  const std::string where =
      nodes == 1 ? std::string("in one node") : fmt::format("over the network of {} nodes", nodes);
  return fmt::format("{} devices, {} parallel {}", layout.devices,
                     layout.expert_parallel > 1 ? "expert" : "tensor", where);
}

// Tensor parallel as far as links reach, then experts spread over the network.
std::vector<Layout> layouts_for(const ModelShape& shape) {
  std::vector<Layout> layouts;
  for (const int devices : {1, 2, 4, 8}) layouts.push_back({devices, devices, 1, 0, 8});
  if (shape.experts.experts == 0) return layouts;
  for (const int devices : {16, 32, 64, 128}) layouts.push_back({devices, 1, devices, 0, 8});
  return layouts;
}

MemoryEstimate memory_of(ServingSetup setup, const EstimateSources& sources) {
  setup.machine.card = sources.cards.front();
  return estimate_memory(setup, sources.constants);
}

// No more requests at once than their caches have room for.
void fit_requests(ServingSetup& setup, const EstimateSources& sources) {
  const std::optional<Range> most = memory_of(setup, sources).most_requests;
  if (most) setup.requests = std::max(1.0, std::min(setup.requests, most->low));
}

WhatIfCase case_of(const std::string& model, const ServingSetup& setup, const WhatIf& wanted,
                   const EstimateSources& sources, const std::string& date) {
  WhatIfCase found;
  found.model = model;
  found.layout = layout_text(setup.layout);
  found.requests = setup.requests;
  for (DeviceEstimate& device : compare_devices(setup, sources.cards, sources.constants)) {
    DeviceReport report;
    if (sources.prices) report.price = price_of_device(*sources.prices, device.setup.machine.card, date);
    if (device.estimate) {
      report.work = estimate_workload(wanted.work, *device.estimate, device.setup.layout, report.price);
    }
    report.device = std::move(device);
    found.devices.push_back(std::move(report));
  }
  return found;
}

std::optional<WhatIfCase> own_case(const RunData& run, const WhatIf& wanted, const EstimateSources& sources,
                                   const std::string& date) {
  if (run.model_config_json.empty()) return std::nullopt;
  try {
    const ModelShape shape =
        parse_model_shape(run.model_config_json, run.directory + "/run.json: field 'model_config'");
    for (const Layout& layout : layouts_for(shape)) {
      ServingSetup setup = setup_of(shape, layout, wanted);
      setup.requests = std::min(setup.requests, wanted.work.requests);
      if (memory_of(setup, sources).fit != MemoryEstimate::Fit::yes) continue;
      WhatIfCase found = case_of(run.display_name, setup, wanted, sources, date);
      found.own = true;
      return found;
    }
  } catch (const Error&) {
    // A family that estimates do not know: the published models still say what differs.
  }
  return std::nullopt;
}

struct Reference {
  const char* file;
  const char* name;
  Layout layout;
  double requests_per_device;
};

// Wide expert parallelism waits for the network, the other two for the links inside a node.
constexpr Reference kReferences[] = {
    {"deepseek-v3.json", "DeepSeek-V3 / R1, FP8", {128, 1, 128, 0, 8}, 128},
    {"deepseek-v2.json", "DeepSeek-V2, FP8", {8, 1, 8, 0, 8}, 128},
    {"llama-3.1-405b.json", "Llama 3.1 405B, FP8", {8, 8, 1, 0, 8}, 32},
};

}  // namespace

EstimateSources load_estimate_sources(const std::string& hardware_folder, const std::string& estimate_folder,
                                      const std::string& prices_folder,
                                      const std::vector<std::string>& cards) {
  EstimateSources sources;
  const std::vector<Accelerator> all = load_all_hardware(hardware_folder, {});
  for (const std::string& name : cards) sources.cards.push_back(find_accelerator(all, name));
  sources.constants = load_constants(estimate_folder + "/constants.json");
  if (!prices_folder.empty()) sources.prices = load_price_book(prices_folder + "/list_prices.json");
  sources.models_folder = estimate_folder + "/models";
  return sources;
}

std::optional<WhatIf> what_if(const RunData& run, const EstimateSources& sources) {
  WhatIf wanted;
  wanted.work = workload_of(run);
  if (!(wanted.work.requests > 0) || !(wanted.work.input_tokens + wanted.work.output_tokens > 0)) {
    return std::nullopt;
  }
  wanted.prompt_tokens = wanted.work.input_tokens / wanted.work.requests;
  wanted.output_tokens = wanted.work.output_tokens / wanted.work.requests;
  const std::string date = run.created.substr(0, 10);
  if (auto own = own_case(run, wanted, sources, date)) wanted.cases.push_back(std::move(*own));
  for (const Reference& reference : kReferences) {
    const ModelShape shape = load_model_shape(sources.models_folder + "/" + reference.file);
    ServingSetup setup = setup_of(shape, reference.layout, wanted);
    setup.precision = Precision::fp8;
    setup.requests = reference.requests_per_device * reference.layout.devices;
    fit_requests(setup, sources);
    wanted.cases.push_back(case_of(reference.name, setup, wanted, sources, date));
  }
  return wanted;
}

}  // namespace reckon::reports
