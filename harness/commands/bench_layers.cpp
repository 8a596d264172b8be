#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/commands.h"
#include "harness/open_model.h"
#include "harness/share_folder.h"
#include "harness/time_layers.h"
#include "reports/estimate/published_points.h"
#include "reports/hardware/catalogue.h"

namespace reckon::harness {
namespace {

/// Of a model with as many layers and experts of these sizes.
std::vector<PublishedRate> published_rates(const std::string& model) {
  const ShareFolders share = find_share_folders();
  const auto shape = reports::load_model_shape(resolve_model_path(model));
  std::vector<PublishedRate> rates;
  for (const reports::PublishedPoint& point :
       reports::load_published_points(share.estimate + "/serving_points.json", share.estimate + "/models",
                                      reports::load_all_hardware(share.hardware, {}))) {
    const reports::ModelShape& other = point.setup.shape;
    if (other.hidden != shape.hidden || other.layers != shape.layers ||
        other.experts.experts != shape.experts.experts)
      continue;
    constexpr double kDevicesPerNode = 8;
    rates.push_back({point.prefill, point.setup.machine.card.name,
                     point.tokens_per_second_and_node / kDevicesPerNode, point.what, point.source});
  }
  return rates;
}

}  // namespace

int bench_layers(const BenchCommand& command) {
  LayerTimingOptions options;
  options.prompt_tokens = command.prompt;
  options.decode_sequences = command.batch;
  options.context_tokens = command.context;
  options.repetitions = command.repetitions;
  LayersTiming timing = time_layers(command.model, options);
  timing.published = published_rates(command.model.model);
  const std::string json = layers_json(timing);
  if (!command.output.empty()) write_file_atomically(command.output, json + "\n");
  if (command.json)
    fmt::print("{}\n", json);
  else
    fmt::print("{}", layers_text(timing));
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
