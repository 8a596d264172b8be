#include "reports/estimate/training.h"

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/format.h"
#include "reports/json_values.h"
#include "reports/markdown_table.h"

namespace reckon::reports {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kHoursPerDay = 24;

std::string thousands(double value) { return count(std::llround(value)); }

std::optional<double> positive_number(const json::ObjectReader& object, const char* key) {
  if (!object.has(key)) return std::nullopt;
  const double value = object.get_number(key);
  if (!(value > 0)) fail_input("{}: field '{}' is {}, not more than 0", object.where(), key, value);
  return value;
}

double required(const json::ObjectReader& object, const char* key) {
  object.get_number(key);
  return *positive_number(object, key);
}

class RunDerivation {
 public:
  RunDerivation(const json::ObjectReader& run, const std::string& models_folder,
                const std::vector<Accelerator>& cards)
      : run_(run),
        published_(run.get_object("published")),
        card_(find_accelerator(cards, run.get_string("device"))),
        shape_(load_model_shape(models_folder + "/" + run.get_string("model") + ".json")) {
    result_.title = fmt::format("{} on {}", run.get_string("name"), card_.name);
    result_.source = run.get_string("source");
  }

  Derivation derive() {
    double hours = pre_training_hours();
    std::string parts = hours > 0 ? thousands(hours) : "";
    if (run_.has("stages")) {
      for (const json::Value& item : run_.get_array("stages").GetArray()) {
        const json::ObjectReader stage(item, run_.where() + ": stages");
        const double more = required(stage, "device_hours");
        hours += more;
        parts +=
            fmt::format("{}{} ({})", parts.empty() ? "" : " + ", thousands(more), stage.get_string("what"));
      }
      add("device-hours", parts, hours, thousands(hours) + " h", "device_hours", " h");
    }
    if (const auto price = positive_number(run_, "usd_per_device_hour")) {
      add("cost", fmt::format("{} h x ${:g} ({})", thousands(hours), *price, run_.get_string("price_source")),
          hours * *price, "$" + thousands(hours * *price), "usd", "$");
    }
    per_day();
    whole_run(hours);
    return std::move(result_);
  }

 private:
  double pre_training_hours() {
    if (const auto total = positive_number(run_, "device_hours")) {
      add("device-hours", "as published", *total, thousands(*total) + " h");
      return *total;
    }
    const auto per_trillion = positive_number(run_, "device_hours_per_trillion_tokens");
    if (!per_trillion) return 0;
    const double tokens = required(run_, "tokens");
    const double hours = tokens / 1e12 * *per_trillion;
    add("pre-training",
        fmt::format("{:g} T tokens x {} h a trillion", tokens / 1e12, thousands(*per_trillion)), hours,
        thousands(hours) + " h", "pre_training_device_hours", " h");
    const double devices = required(run_, "devices");
    const double days = *per_trillion / devices / kHoursPerDay;
    add("days a trillion tokens",
        fmt::format("{} h / {} devices / 24", thousands(*per_trillion), thousands(devices)), days,
        fmt::format("{:.1f} days", days));
    return hours;
  }

  // What a day's tokens say of the rate reached.
  void per_day() {
    const auto tokens = positive_number(run_, "tokens_per_day");
    if (!tokens) return;
    const double flop = required(run_, "flop_per_token");
    const double devices = required(run_, "devices");
    const double rate = *tokens * flop / (kHoursPerDay * kSecondsPerHour) / devices;
    add("rate",
        fmt::format("{:g} G tokens a day x {:g} GFLOP a token / 86,400 s / {} devices", *tokens / 1e9,
                    flop / 1e9, thousands(devices)),
        rate / 1e12, fmt::format("{:.1f} TFLOPS", rate / 1e12), "tflops", " TFLOPS");
    share(rate);
    const double sequence = required(run_, "sequence_tokens");
    const double counted = shape_.training_flop_per_token(sequence);
    add("operations a token, from the shape",
        fmt::format("6 x {:.1f} G active + attention over {:g} tokens", shape_.active_parameters() / 1e9,
                    sequence),
        counted / 1e9, fmt::format("{:.0f} GFLOP", counted / 1e9));
    result_.steps.back().published = flop / 1e9;
    result_.steps.back().published_text = fmt::format("{:g} GFLOP", flop / 1e9);
  }

  // A run of which only parameters, tokens and hours are known: 6 N D.
  void whole_run(double hours) {
    const auto parameters = positive_number(run_, "parameters");
    if (!parameters) return;
    const double tokens = required(run_, "tokens");
    const double rate = 6 * *parameters * tokens / (hours * kSecondsPerHour);
    add("rate",
        fmt::format("6 x {:g} G x {:g} T / ({} h x 3,600 s)", *parameters / 1e9, tokens / 1e12,
                    thousands(hours)),
        rate / 1e12, fmt::format("{:.0f} TFLOPS", rate / 1e12), "tflops", " TFLOPS");
    share(rate);
  }

  void share(double rate) {
    const double peak = card_.bf16_dense_tflops * 1e12;
    add("share of the BF16 peak (MFU)",
        fmt::format("{:.1f} of {:g} TFLOPS", rate / 1e12, card_.bf16_dense_tflops), rate / peak,
        fmt::format("{:.2f} %", 100 * rate / peak), "mfu", " %");
  }

  void add(const char* what, const std::string& arithmetic, double value, const std::string& text,
           const char* published = nullptr, const std::string& unit = {}) {
    DerivationStep step{what, arithmetic, value, text, std::nullopt, {}};
    if (published != nullptr) step.published = positive_number(published_, published);
    if (step.published) {
      const double figure = *step.published;
      step.published_text = unit == " %"  ? fmt::format("{:.2f} %", 100 * figure)
                            : unit == "$" ? "$" + thousands(figure)
                                          : thousands(figure) + unit;
    }
    result_.steps.push_back(std::move(step));
  }

  const json::ObjectReader& run_;
  json::ObjectReader published_;
  const Accelerator& card_;
  ModelShape shape_;
  Derivation result_;
};

Derivation derive_serving_day(const json::ObjectReader& day) {
  const double nodes = required(day, "nodes");
  const double devices = required(day, "devices_per_node");
  const double price = required(day, "usd_per_device_hour");
  const double usd = nodes * devices * kHoursPerDay * price;
  const double input = required(day, "input_tokens");
  const double output = required(day, "output_tokens");
  const double input_rate = required(day, "input_tokens_per_second_and_node");
  const double output_rate = required(day, "output_tokens_per_second_and_node");
  const double hours = (input / input_rate + output / output_rate) / kSecondsPerHour;
  Derivation result;
  result.title = day.get_string("what");
  result.source = day.get_string("source");
  const double published_usd = required(day, "published_usd");
  const double published_hours = required(day, "published_node_hours");
  result.steps.push_back({"cost of a day",
                          fmt::format("{:g} nodes x {:g} devices x 24 h x ${:g}", nodes, devices, price), usd,
                          "$" + thousands(usd), published_usd, "$" + thousands(published_usd)});
  result.steps.push_back({"node-hours from the tokens",
                          fmt::format("{:g} G / {} + {:g} G / {} tokens a second", input / 1e9,
                                      thousands(input_rate), output / 1e9, thousands(output_rate)),
                          hours, fmt::format("{:.1f} h", hours), published_hours,
                          thousands(published_hours) + " h"});
  return result;
}

Derivation derive_serving_node(const json::ObjectReader& node) {
  const double price = required(node, "usd_per_node_hour");
  const double rate = required(node, "output_tokens_per_second_and_node");
  const double usd = price / (rate * kSecondsPerHour) * 1e6;
  const double published = required(node, "published_usd_per_million");
  Derivation result;
  result.title = node.get_string("what");
  result.source = node.get_string("source");
  result.steps.push_back({"cost of a million output tokens",
                          fmt::format("${:g} / ({} x 3,600 s) x 1 M", price, thousands(rate)), usd,
                          fmt::format("${:.4f}", usd), published, fmt::format("${:.2f}", published)});
  return result;
}

}  // namespace

Range training_flops(const Accelerator& card, const Range& mfu) {
  const double peak = card.bf16_dense_tflops * 1e12;
  return {peak * mfu.low, peak * mfu.middle, peak * mfu.high};
}

TrainingEstimate estimate_training(const TrainingSetup& setup, const std::optional<DevicePriceRange>& price) {
  const double flop = setup.flop_per_token * setup.tokens;
  const auto hours = [&](double rate) { return flop / rate / kSecondsPerHour; };
  TrainingEstimate estimate;
  estimate.device_hours = {hours(setup.flops_per_device.high), hours(setup.flops_per_device.middle),
                           hours(setup.flops_per_device.low)};
  const double per_day = setup.devices * kHoursPerDay;
  estimate.days = {estimate.device_hours.low / per_day, estimate.device_hours.middle / per_day,
                   estimate.device_hours.high / per_day};
  if (price) {
    const double middle = std::sqrt(price->low * price->high);
    estimate.usd = Range{estimate.device_hours.low * price->low, estimate.device_hours.middle * middle,
                         estimate.device_hours.high * price->high};
  }
  return estimate;
}

Range tokens_in(const TrainingSetup& setup, double days) {
  const double seconds = days * kHoursPerDay * kSecondsPerHour * setup.devices;
  const Range& rate = setup.flops_per_device;
  return {rate.low * seconds / setup.flop_per_token, rate.middle * seconds / setup.flop_per_token,
          rate.high * seconds / setup.flop_per_token};
}

const DerivationStep& Derivation::step(const std::string& what) const {
  for (const DerivationStep& step : steps) {
    if (step.what == what) return step;
  }
  fail_input("{}: has no step '{}'", title, what);
}

std::vector<Derivation> derive_published(const std::string& path, const std::string& models_folder,
                                         const std::vector<Accelerator>& cards) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  std::vector<Derivation> all;
  for (const json::Value& item : file.get_array("runs").GetArray()) {
    const json::ObjectReader run(item, fmt::format("{}: runs[{}]", path, all.size()));
    all.push_back(RunDerivation(run, models_folder, cards).derive());
  }
  all.push_back(derive_serving_day(file.get_object("serving_day")));
  all.push_back(derive_serving_node(file.get_object("serving_node")));
  return all;
}

std::string derivations_markdown(const std::vector<Derivation>& derivations) {
  std::string text;
  for (const Derivation& derivation : derivations) {
    MarkdownTable table;
    table.column("step");
    table.column("arithmetic");
    table.column("gives", MarkdownTable::Align::right);
    table.column("published", MarkdownTable::Align::right);
    for (const DerivationStep& step : derivation.steps) {
      table.row({step.what, step.arithmetic, step.text, step.published ? step.published_text : "-"});
    }
    text += fmt::format("### {}\n\n{}\nSource: {}\n\n", derivation.title, table.text(), derivation.source);
  }
  return text;
}

}  // namespace reckon::reports
