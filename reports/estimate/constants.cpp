#include "reports/estimate/constants.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

using Field = std::pair<const char*, double Assumptions::*>;
constexpr std::array kFields = {
    Field{"gemm_fp8_share", &Assumptions::gemm_fp8_share},
    Field{"gemm_bf16_share", &Assumptions::gemm_bf16_share},
    Field{"gemm_memory_share", &Assumptions::gemm_memory_share},
    Field{"decode_attention_memory_share", &Assumptions::decode_attention_memory_share},
    Field{"decode_attention_compute_share", &Assumptions::decode_attention_compute_share},
    Field{"prefill_attention_share", &Assumptions::prefill_attention_share},
    Field{"elementwise_memory_share", &Assumptions::elementwise_memory_share},
    Field{"link_bulk_share", &Assumptions::link_bulk_share},
    Field{"link_small_share", &Assumptions::link_small_share},
    Field{"network_bulk_share", &Assumptions::network_bulk_share},
    Field{"network_dispatch_share", &Assumptions::network_dispatch_share},
    Field{"network_combine_share", &Assumptions::network_combine_share},
    Field{"network_message_seconds", &Assumptions::network_message_seconds},
    Field{"link_message_seconds", &Assumptions::link_message_seconds},
    Field{"kernel_seconds", &Assumptions::kernel_seconds},
    Field{"expert_imbalance", &Assumptions::expert_imbalance},
    Field{"communication_sm_share", &Assumptions::communication_sm_share},
    Field{"memory_share", &Assumptions::memory_share},
    Field{"training_mfu", &Assumptions::training_mfu},
};

Constant read_constant(const json::ObjectReader& row) {
  Constant constant;
  constant.key = row.get_string("key");
  const auto* const place = std::find_if(kFields.begin(), kFields.end(),
                                         [&](const Field& field) { return constant.key == field.first; });
  if (place == kFields.end()) {
    std::vector<std::string> known;
    for (const Field& field : kFields) known.emplace_back(field.first);
    fail_input("{}: '{}' is no constant of the model{}", row.where(), constant.key,
               did_you_mean(constant.key, known));
  }
  constant.field = place->second;
  constant.what = row.get_string("what");
  constant.low = row.get_number("low");
  constant.mid = row.get_number("mid");
  constant.high = row.get_number("high");
  if (!(constant.low >= 0 && constant.low <= constant.mid && constant.mid <= constant.high)) {
    fail_input("{} ({}): 0 <= low <= mid <= high does not hold for {}, {}, {}", row.where(), constant.key,
               constant.low, constant.mid, constant.high);
  }
  if (constant.key.ends_with("_share") && constant.high > 1) {
    fail_input("{} ({}): field 'high' is {}, more than the whole", row.where(), constant.key, constant.high);
  }
  const std::string better = row.get_string("better");
  if (better != "high" && better != "low") {
    fail_input("{} ({}): field 'better' should be high or low, is '{}'", row.where(), constant.key, better);
  }
  constant.high_is_faster = better == "high";
  constant.source = row.get_string("source");
  if (constant.source.empty()) fail_input("{} ({}): field 'source' is empty", row.where(), constant.key);
  constant.confidence = row.get_string("confidence");
  if (constant.confidence != "high" && constant.confidence != "medium" && constant.confidence != "low") {
    fail_input("{} ({}): field 'confidence' should be high, medium or low, is '{}'", row.where(),
               constant.key, constant.confidence);
  }
  return constant;
}

}  // namespace

Assumptions Constants::at(Corner corner) const {
  Assumptions values;
  for (const Constant& constant : all) {
    const double fast = constant.high_is_faster ? constant.high : constant.low;
    const double slow = constant.high_is_faster ? constant.low : constant.high;
    values.*constant.field = corner == Corner::middle       ? constant.mid
                             : corner == Corner::optimistic ? fast
                                                            : slow;
  }
  return values;
}

Constant& Constants::named(const std::string& key) {
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const Constant& constant) { return constant.key == key; });
  if (place == all.end()) fail_input("'{}' is no constant of the model", key);
  return *place;
}

const Constant& Constants::named(const std::string& key) const {
  return const_cast<Constants*>(this)->named(key);
}

Constants load_constants(const std::string& path) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  Constants constants;
  constants.path = path;
  for (const json::Value& item : file.get_array("constants").GetArray()) {
    const json::ObjectReader row(item, fmt::format("{}: constants[{}]", path, constants.all.size()));
    Constant constant = read_constant(row);
    const bool twice = std::any_of(constants.all.begin(), constants.all.end(),
                                   [&](const Constant& other) { return other.key == constant.key; });
    if (twice) fail_input("{}: '{}' stands there twice", row.where(), constant.key);
    constants.all.push_back(std::move(constant));
  }
  for (const Field& field : kFields) {
    const bool there = std::any_of(constants.all.begin(), constants.all.end(),
                                   [&](const Constant& constant) { return constant.key == field.first; });
    if (!there) fail_input("{}: the constant '{}' is missing", path, field.first);
  }
  return constants;
}

}  // namespace reckon::reports
