#include "reports/gate/policy.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace reckon::reports {
namespace {

void check_keys(const json::Value& object, const std::string& where, const std::vector<std::string>& known) {
  for (const auto& member : object.GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail_input("{}: unknown key '{}'{}", where, name, did_you_mean(name, known));
    }
  }
}

double share(const json::ObjectReader& object, const char* key, double fallback) {
  const double value = object.get_number(key, fallback);
  if (!(value >= 0 && value < 1)) {
    fail_input("{}: field '{}' is {}; a share of 1 is expected, e.g. 0.02", object.where(), key, value);
  }
  return value;
}

std::optional<double> bound(const json::ObjectReader& object, const char* key) {
  if (!object.has(key)) return std::nullopt;
  const double value = object.get_number(key);
  if (!(value >= 0)) fail_input("{}: field '{}' is {}, less than 0", object.where(), key, value);
  return value;
}

SuitePolicy read_suite(const std::string& task, const json::Value& value, const std::string& where,
                       double margin) {
  SuitePolicy suite;
  suite.task = task;
  suite.margin = margin;
  if (value.IsNull()) return suite;
  if (!value.IsObject()) fail_input("{}: a mapping with margin, n, required or metric is expected", where);
  check_keys(value, where, {"margin", "n", "required", "metric"});
  const json::ObjectReader object(value, where);
  suite.margin = share(object, "margin", margin);
  suite.questions = object.get_int("n", 0, std::int64_t{1} << 40, 0);
  suite.required = object.get_bool("required", true);
  suite.metric = object.get_string("metric", "");
  return suite;
}

LimitPolicy read_limit(const std::string& figure, const json::Value& value, const std::string& where) {
  if (!value.IsObject()) {
    fail_input("{}: a mapping with max, min, max_increase or max_decrease is expected", where);
  }
  check_keys(value, where, {"max", "min", "max_increase", "max_decrease"});
  const json::ObjectReader object(value, where);
  LimitPolicy limit;
  limit.figure = figure;
  limit.max = bound(object, "max");
  limit.min = bound(object, "min");
  limit.max_increase = bound(object, "max_increase");
  limit.max_decrease = bound(object, "max_decrease");
  if (!limit.max && !limit.min && !limit.max_increase && !limit.max_decrease) {
    fail_input("{}: names no bound (max, min, max_increase or max_decrease)", where);
  }
  return limit;
}

}  // namespace

const std::vector<std::string>& limit_figures() {
  static const std::vector<std::string> figures{"usd_total",
                                                "usd_per_sample",
                                                "usd_per_solved",
                                                "usd_per_million_input",
                                                "usd_per_million_output",
                                                "device_hours",
                                                "wall_seconds",
                                                "truncated_share",
                                                "failed_share",
                                                "output_tokens_per_sample",
                                                "decode_tokens_per_second"};
  return figures;
}

std::vector<SuitePolicy> gated_suites(const GatePolicy& policy, const RunData& baseline) {
  if (!policy.suites.empty()) return policy.suites;
  std::vector<SuitePolicy> suites;
  for (const TaskData& task : baseline.tasks) suites.push_back({task.name, "", policy.margin, true, 0});
  return suites;
}

GatePolicy read_gate_policy(const json::Value& value, const std::string& source) {
  if (!value.IsObject()) fail_input("{}: a mapping is expected (docs/gate.md shows one)", source);
  check_keys(value, source, {"schema", "alpha", "margin", "suites", "limits"});
  const json::ObjectReader object(value, source);
  if (const auto schema = object.get_int("schema", 0, 1 << 20, 1); schema != 1) {
    fail_input("{}: field 'schema' is {}; this program reads 1", source, schema);
  }
  GatePolicy policy;
  policy.source = source;
  policy.alpha = object.get_number("alpha", policy.alpha);
  if (!(policy.alpha > 0 && policy.alpha < 0.5)) {
    fail_input("{}: field 'alpha' is {}; a chance of error is expected, e.g. 0.05", source, policy.alpha);
  }
  policy.margin = share(object, "margin", policy.margin);
  if (object.has("suites")) {
    const std::string where = object.get_object("suites").where();
    for (const auto& member : object.find("suites")->GetObject()) {
      const std::string task(member.name.GetString(), member.name.GetStringLength());
      policy.suites.push_back(read_suite(task, member.value, where + ": " + task, policy.margin));
    }
    if (policy.suites.empty()) fail_input("{}: names no suite; leave 'suites' out for all of them", where);
  }
  if (object.has("limits")) {
    const std::string where = object.get_object("limits").where();
    check_keys(*object.find("limits"), where, limit_figures());
    for (const auto& member : object.find("limits")->GetObject()) {
      const std::string figure(member.name.GetString(), member.name.GetStringLength());
      policy.limits.push_back(read_limit(figure, member.value, where + ": " + figure));
    }
  }
  return policy;
}

}  // namespace reckon::reports
