#include <algorithm>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/nearest.h"
#include "harness/commands.h"
#include "harness/open_model.h"
#include "harness/published_config.h"
#include "harness/report_options.h"
#include "harness/share_folder.h"
#include "kernels/benchmarks/kernel_benchmarks.h"
#include "reports/estimate/estimate_report.h"
#include "reports/estimate/published_points.h"
#include "reports/report.h"

namespace reckon::harness {
namespace {

namespace fs = std::filesystem;
using reports::Accelerator;
using reports::Constants;
using reports::Precision;
using reports::ServingSetup;

// Every estimate of what a cluster could have trained shows these beside the one asked for.
constexpr double kClusters[] = {2048, 50'000};

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

class Estimator {
 public:
  explicit Estimator(const EstimateCommand& command)
      : command_(command),
        share_(find_share_folders()),
        cards_(reports::load_all_hardware(share_.hardware, command.hardware)),
        constants_(reports::load_constants(share_.estimate + "/constants.json")) {}

  std::string constants() const {
    std::string text =
        "| constant | slow end | middle | fast end | source | confidence |\n|---|---|---|---|---|---|\n";
    for (const reports::Constant& constant : constants_.all) {
      const double slow = constant.high_is_faster ? constant.low : constant.high;
      const double fast = constant.high_is_faster ? constant.high : constant.low;
      text += fmt::format("| {}: {} | {:g} | {:g} | {:g} | {} | {} |\n", constant.key, constant.what, slow,
                          constant.mid, fast, constant.source, constant.confidence);
    }
    return text;
  }

  std::string published() const {
    const auto points =
        reports::load_published_points(share_.estimate + "/serving_points.json", models(), cards_);
    return reports::published_points_markdown(points, constants_);
  }

  std::string published_training() const {
    return reports::derivations_markdown(
        reports::derive_published(share_.estimate + "/training_runs.json", models(), cards_));
  }

  std::string serving() const {
    reports::EstimateReport report;
    report.explain = command_.explain;
    report.workload = workload();
    std::vector<reports::DeviceEstimate> devices;
    if (command_.profile.empty()) {
      devices = reports::compare_devices(setup(), chosen_cards(), constants_);
    } else {
      devices.push_back(profiled());
    }
    for (reports::DeviceEstimate& device : devices) {
      // One device alone: what stops it is an error, not a row.
      if (devices.size() == 1 && !device.estimate) fail_input("{}", device.problem);
      reports::DeviceReport row;
      row.price = price_of(device.setup.machine.card);
      if (report.workload && device.estimate) {
        row.work = estimate_workload(*report.workload, *device.estimate, device.setup.layout, row.price);
      }
      row.device = std::move(device);
      report.devices.push_back(std::move(row));
    }
    return command_.json ? reports::estimate_json(report) + "\n" : reports::estimate_markdown(report);
  }

  std::string training() const {
    reports::TrainingReport report;
    reports::TrainingSetup& setup = report.setup;
    if (command_.parameters || command_.active_parameters) {
      const double active = command_.active_parameters.value_or(command_.parameters.value_or(0));
      report.model = fmt::format("{:g} B active parameters", active / 1e9);
      setup.flop_per_token = 6 * active;
    } else {
      const reports::ModelShape shape = model_shape();
      report.model = shape.name;
      setup.flop_per_token = shape.training_flop_per_token(command_.sequence);
    }
    setup.card = chosen_cards().front();
    setup.devices = command_.count;
    setup.tokens = command_.train_tokens.value_or(0);
    if (command_.tflops) {
      const double rate = *command_.tflops * 1e12;
      setup.flops_per_device = {rate, rate, rate};
      report.rate_source = "as given with --tflops";
    } else if (command_.mfu) {
      setup.flops_per_device = training_flops(setup.card, {*command_.mfu, *command_.mfu, *command_.mfu});
      report.rate_source = fmt::format("{:g} % of the BF16 peak, as given with --mfu", 100 * *command_.mfu);
    } else {
      const reports::Constant& mfu = constants_.named("training_mfu");
      setup.flops_per_device = training_flops(setup.card, {mfu.low, mfu.mid, mfu.high});
      report.rate_source =
          fmt::format("{:g} to {:g} % of the BF16 peak: {}", 100 * mfu.low, 100 * mfu.high, mfu.source);
    }
    report.price = price_of(setup.card);
    if (setup.tokens > 0) report.estimate = estimate_training(setup, report.price);
    if (command_.days) {
      report.days = command_.days;
      std::vector<double> counts{static_cast<double>(command_.count)};
      for (const double cluster : kClusters) {
        if (cluster != counts.front()) counts.push_back(cluster);
      }
      for (const double devices : counts) {
        reports::TrainingSetup cluster = setup;
        cluster.devices = devices;
        report.clusters.emplace_back(devices, tokens_in(cluster, *command_.days));
      }
    }
    if (!report.estimate && !report.days) fail_input("--train: needs --train-tokens, --days or both");
    return command_.json ? reports::training_json(report) + "\n" : reports::training_markdown(report);
  }

 private:
  std::string models() const { return share_.estimate + "/models"; }

  // A shape that is shipped alone, else what the other commands take for a model.
  reports::ModelShape model_shape() const {
    if (command_.model.empty())
      fail_input("estimate: --model says whose shape (or --published, --constants, --train)");
    const std::string shipped = models() + "/" + command_.model + ".json";
    if (fs::exists(shipped)) return reports::load_model_shape(shipped);
    std::vector<std::string> known;
    for (const auto& entry : fs::directory_iterator(models())) known.push_back(entry.path().stem().string());
    for (const KnownModel& model : known_models()) known.push_back(model.name);
    if (!fs::exists(command_.model) && std::find(known.begin(), known.end(), command_.model) == known.end()) {
      std::sort(known.begin(), known.end());
      fail_input("--model {}: neither a config.json nor a known name{}; known: {}", command_.model,
                 did_you_mean(command_.model, known), fmt::join(known, ", "));
    }
    const std::string path = resolve_model_path(command_.model);
    if (fs::path(path).extension() != ".gguf") return reports::load_model_shape(path);
    const std::string config = published_config(path);
    if (config.empty())
      fail_input("{}: its shape is none that estimates know; give the config.json of the model", path);
    reports::ModelShape shape = reports::parse_model_shape(config, path);
    shape.name = fs::path(path).stem().string();
    return shape;
  }

  std::vector<Accelerator> chosen_cards() const {
    std::vector<Accelerator> chosen;
    if (!command_.compare.empty() && !command_.device.empty()) {
      fail_input("estimate: --device and --compare exclude one another");
    }
    for (const std::string& name : split(command_.compare)) chosen.push_back(find_accelerator(cards_, name));
    if (!command_.device.empty()) chosen.push_back(find_accelerator(cards_, command_.device));
    if (chosen.empty())
      fail_input("estimate: --device NAME or --compare NAME,NAME says on what (`reckon ls hardware`)");
    return chosen;
  }

  ServingSetup setup() const {
    ServingSetup setup;
    setup.shape = model_shape();
    setup.layout = {command_.count, command_.tensor_parallel, command_.expert_parallel,
                    command_.redundant_experts, 8};
    if (!command_.precision.empty()) setup.shape.stored.reset();  // converted to it
    const bool fp8 = command_.precision.empty() ? setup.shape.fp8_weights : command_.precision == "fp8";
    setup.precision = fp8 ? Precision::fp8 : Precision::bf16;
    setup.kv_bytes_per_number = command_.kv == "fp8" ? 1 : 2;
    setup.requests = command_.batch.value_or(32.0 * command_.count);
    setup.context_tokens = command_.context;
    setup.prompt_tokens = command_.prompt;
    setup.prefill_tokens = command_.prefill_tokens;
    if (command_.draft_acceptance) {
      setup.draft_tokens = command_.draft_tokens;
      setup.draft_acceptance = *command_.draft_acceptance;
    }
    if (command_.sequential) setup.schedule = reports::Schedule::sequential;
    setup.machine.network_gb_per_s = command_.network_gb_per_s;
    return setup;
  }

  // The machine that a profile was taken on: named, recognised by the name it reports, or known by the
  // profile alone.
  reports::DeviceEstimate profiled() const {
    if (!command_.compare.empty()) fail_input("--profile: is of one device; --compare takes the catalogue's");
    reports::DeviceEstimate device;
    device.setup = setup();
    reports::Machine& machine = device.setup.machine;
    machine.profile = reports::load_profile(command_.profile);
    if (!command_.device.empty()) {
      machine.card = find_accelerator(cards_, command_.device);
    } else if (const Accelerator* card = recognise_accelerator(cards_, machine.profile->device_name)) {
      machine.card = *card;
    } else {
      machine.card_is_known = false;
    }
    if (machine.card_is_known) {
      device.setup.layout.link_domain = machine.card.devices_per_link_domain;
      const double read = machine.profile->read_bytes.value_or(0) / 1e9;
      if (read > machine.card.memory_gb_per_s) {
        machine.card.flags.push_back(
            fmt::format("field 'memory_gb_per_s' of {} is {:g}, below the {:.1f} that {} measured: one of "
                        "the two is wrong",
                        machine.card.file, machine.card.memory_gb_per_s, read, command_.profile));
      }
    }
    device.estimate = estimate_serving(device.setup, constants_);
    const double weights = device.estimate->memory.weight_bytes;
    if (weights < kernels::kColdBytes) {
      machine.card.flags.push_back(fmt::format(
          "{:.3g} MB of weights may stay in a processor's caches, and {} measured weights that do not: "
          "one stream may run several times faster",
          weights / 1e6, command_.profile));
    }
    return device;
  }

  std::optional<reports::Workload> workload() const {
    const bool typed = command_.input || command_.output || command_.requests;
    if (!command_.run.empty()) {
      if (typed)
        fail_input(
            "estimate: --run gives the token counts; --input, --output and --requests do not go with it");
      return reports::workload_of(load_run_and_warn(command_.run));
    }
    if (!typed) return std::nullopt;
    const double requests = command_.requests.value_or(1);
    return reports::Workload{requests, requests * command_.input.value_or(0),
                             requests * command_.output.value_or(0), "--input, --output, --requests"};
  }

  std::optional<reports::DevicePriceRange> price_of(const Accelerator& card) const {
    if (command_.price.price_per_hour) {
      const double usd = *command_.price.price_per_hour;
      return reports::DevicePriceRange{
          usd, usd, command_.price.price_source.empty() ? "--price-per-hour" : command_.price.price_source};
    }
    const std::string book =
        command_.price.prices.empty() ? share_.prices + "/list_prices.json" : command_.price.prices;
    return price_of_device(reports::load_price_book(book), card, today());
  }

  const EstimateCommand& command_;
  ShareFolders share_;
  std::vector<Accelerator> cards_;
  Constants constants_;
};

}  // namespace

int estimate(const EstimateCommand& command) {
  const Estimator estimator(command);
  std::string text;
  if (command.constants) {
    text = estimator.constants();
  } else if (command.published) {
    text = estimator.published();
  } else if (command.train) {
    const bool asked = !command.model.empty() || command.parameters || command.active_parameters;
    text = asked ? estimator.training() : estimator.published_training();
  } else {
    text = estimator.serving();
  }
  fmt::print("{}", text);
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
