#include "reports/html/panels.h"

#include "reports/cost/price_book.h"
#include "reports/estimate/what_if.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

Value object() { return Value(rapidjson::kObjectType); }
Value array() { return Value(rapidjson::kArrayType); }

void set_named(Value& target, const std::string& key, Value value, Allocator& a) {
  target.AddMember(json::string(key, a), value, a);
}

Value model_value(const PublishedModel& model, const ReportOptions& options, Allocator& a) {
  Value value = object();
  set(value, "model", model.model, a);
  Value scores = object();
  Value solved = object();
  for (const auto& [benchmark, score] : model.scores) {
    set_named(scores, benchmark, Value(score), a);
    set_named(solved, benchmark,
              optional_number(model.usd_per_solved(benchmark, options.tokens_per_question)), a);
  }
  set(value, "scores", std::move(scores), a);
  set(value, "usd_per_solved", std::move(solved), a);
  const std::optional<TokenPrice>& price = model.price;
  const auto known = [&](double TokenPrice::*part) { return price ? Value((*price).*part) : Value(); };
  set(value, "usd_per_million_input", known(&TokenPrice::usd_per_million_input), a);
  set(value, "usd_per_million_cached_input",
      price ? optional_number(price->usd_per_million_cached_input) : Value(), a);
  set(value, "usd_per_million_output", known(&TokenPrice::usd_per_million_output), a);
  set(value, "source", model.source, a);
  set(value, "price_source", model.price_source, a);
  set(value, "note", model.note, a);
  return value;
}

Value range_value(const Range& range, Allocator& a) {
  Value value = array();
  for (const double number : {range.low, range.middle, range.high}) value.PushBack(number, a);
  return value;
}

Value range_value(const std::optional<Range>& range, Allocator& a) {
  return range ? range_value(*range, a) : Value();
}

Value difference_value(const Difference& difference, Allocator& a) {
  Value value = object();
  set(value, "figure", difference.figure, a);
  set(value, "first", difference.first, a);
  set(value, "other", difference.other, a);
  set(value, "consequence", difference.consequence, a);
  return value;
}

Value device_value(const DeviceReport& report, Allocator& a) {
  Value value = object();
  set(value, "name", report.device.setup.machine.name(), a);
  set(value, "problem", report.device.problem, a);
  const std::optional<ServingEstimate>& estimate = report.device.estimate;
  const Layout& layout = report.device.setup.layout;
  set(value, "decode", estimate ? range_value(estimate->decode.per_device(layout), a) : Value(), a);
  set(value, "prefill", estimate ? range_value(estimate->prefill.per_device(layout), a) : Value(), a);
  set(value, "bottleneck", estimate ? estimate->decode.bottleneck_part : std::string(), a);
  set(value, "fit", std::string(estimate ? name_of(estimate->memory.fit) : ""), a);
  set(value, "device_hours", report.work ? range_value(report.work->device_hours, a) : Value(), a);
  set(value, "usd", report.work ? range_value(report.work->usd, a) : Value(), a);
  set(value, "price_source", report.price ? report.price->source : std::string(), a);
  Value differences = array();
  for (const Difference& difference : report.device.differences) {
    differences.PushBack(difference_value(difference, a), a);
  }
  set(value, "differences", std::move(differences), a);
  return value;
}

Value run_value(const WhatIf& found, Allocator& a) {
  Value value = object();
  set(value, "requests", Value(found.work.requests), a);
  set(value, "input_tokens", Value(found.work.input_tokens), a);
  set(value, "output_tokens", Value(found.work.output_tokens), a);
  Value cases = array();
  for (const WhatIfCase& one : found.cases) {
    Value item = object();
    set(item, "model", one.model, a);
    set(item, "layout", one.layout, a);
    set(item, "own", Value(one.own), a);
    set(item, "requests", Value(one.requests), a);
    Value devices = array();
    for (const DeviceReport& device : one.devices) devices.PushBack(device_value(device, a), a);
    set(item, "devices", std::move(devices), a);
    cases.PushBack(item, a);
  }
  set(value, "cases", std::move(cases), a);
  return value;
}

}  // namespace

Value published_value(const ReportOptions& options, Allocator& a) {
  if (options.catalogues.prices.empty()) return Value();
  const std::string& folder = options.catalogues.prices;
  const PublishedPanel panel =
      load_published_panel(folder + "/published_scores.json", load_price_book(folder + "/list_prices.json"));
  Value value = object();
  set(value, "note", panel.note, a);
  set(value, "protocol", panel.protocol, a);
  set(value, "benchmarks", string_list(panel.benchmarks, a), a);
  set(value, "ratings", string_list(panel.ratings, a), a);
  const std::optional<TokensPerQuestion>& tokens = options.tokens_per_question;
  set(value, "input_per_question", tokens ? Value(tokens->input) : Value(), a);
  set(value, "output_per_question", tokens ? Value(tokens->output) : Value(), a);
  Value models = array();
  for (const PublishedModel& model : panel.models) models.PushBack(model_value(model, options, a), a);
  set(value, "models", std::move(models), a);
  return value;
}

Value what_if_value(const std::vector<RunData>& runs, const ReportOptions& options, Allocator& a) {
  if (options.catalogues.hardware.empty() || options.catalogues.estimate.empty()) return Value();
  const EstimateSources sources = load_estimate_sources(
      options.catalogues.hardware, options.catalogues.estimate, options.catalogues.prices, {"h800", "h100"});
  Value list = array();
  for (const RunData& run : runs) {
    const std::optional<WhatIf> found = what_if(run, sources);
    list.PushBack(found ? run_value(*found, a) : Value(), a);
  }
  return list;
}

}  // namespace reckon::reports
