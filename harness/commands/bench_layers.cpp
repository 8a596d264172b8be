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

/// What others published of a model with as many layers and experts of these sizes; "" when nobody did.
std::string published_text(const std::string& model) {
  const ShareFolders share = find_share_folders();
  const auto shape = reports::load_model_shape(resolve_model_path(model));
  std::string text;
  for (const reports::PublishedPoint& point :
       reports::load_published_points(share.estimate + "/serving_points.json", share.estimate + "/models",
                                      reports::load_all_hardware(share.hardware, {}))) {
    const reports::ModelShape& other = point.setup.shape;
    if (other.hidden != shape.hidden || other.layers != shape.layers ||
        other.experts.experts != shape.experts.experts)
      continue;
    constexpr double kDevicesPerNode = 8;
    text += fmt::format("| {:<7} | {:<5} | {:>8.0f} | {} | {} |\n", point.prefill ? "prefill" : "decode",
                        point.setup.machine.card.name, point.tokens_per_second_and_node / kDevicesPerNode,
                        point.what, point.source);
  }
  if (text.empty()) return text;
  return "\nPublished for this model, tokens/s a device of many that share the experts between them:\n\n"
         "| phase | device | tokens/s | what | source |\n|---|---|---|---|---|\n" +
         text;
}

}  // namespace

int bench_layers(const BenchCommand& command) {
  LayerTimingOptions options;
  options.prompt_tokens = command.prompt;
  options.decode_sequences = command.batch;
  options.context_tokens = command.context;
  options.repetitions = command.repetitions;
  const LayersTiming timing = time_layers(command.model, options);
  const std::string json = layers_json(timing);
  if (!command.output.empty()) write_file_atomically(command.output, json + "\n");
  if (command.json)
    fmt::print("{}\n", json);
  else
    fmt::print("{}{}", layers_text(timing), published_text(command.model.model));
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
