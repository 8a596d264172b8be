#include "reports/load_kernels.h"

#include "base/error.h"
#include "base/json.h"

namespace reckon::reports {
namespace {

std::optional<double> optional_number(const json::ObjectReader& object, const char* key) {
  if (!object.has(key)) return std::nullopt;
  const double number = object.get_number(key);
  if (!(number >= 0)) fail_input("{}: field '{}' is {}, less than 0", object.where(), key, number);
  return number;
}

void read_repetitions(const json::ObjectReader& kernel, KernelTiming& timing) {
  for (const json::Value& item : kernel.get_array("repetition_seconds").GetArray()) {
    if (!item.IsNumber() || !(item.GetDouble() > 0)) {
      fail_input("{}: {} ({}): field 'repetition_seconds' holds what is not a time", kernel.where(),
                 timing.name, timing.shape);
    }
    timing.repetitions.push_back(item.GetDouble());
  }
}

}  // namespace

KernelTable load_kernels(const std::string& path) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  KernelTable table;
  if (file.has("device")) table.device_name = file.get_object("device").get_string("name", "");
  if (file.has("limits")) {
    const json::ObjectReader limits = file.get_object("limits");
    table.read_gb_per_s = optional_number(limits, "read_gb_per_s");
    table.fma_gflop_per_s = optional_number(limits, "fma_gflop_per_s");
    table.int16_gop_per_s = optional_number(limits, "int16_gop_per_s");
    table.int8_gop_per_s = optional_number(limits, "int8_gop_per_s");
  }
  if (!file.has("kernels")) return table;
  for (const json::Value& item : file.get_array("kernels").GetArray()) {
    const json::ObjectReader kernel(item, path + ": kernels");
    KernelTiming timing;
    timing.name = kernel.get_string("name");
    timing.shape = kernel.get_string("shape", "");
    timing.seconds = optional_number(kernel, "seconds").value_or(0);
    if (kernel.has("repetition_seconds")) read_repetitions(kernel, timing);
    timing.gb_per_s = optional_number(kernel, "gb_per_s");
    timing.gflop_per_s = optional_number(kernel, "gflop_per_s");
    timing.bound = kernel.get_string("bound", "");
    timing.share_of_limit = optional_number(kernel, "share_of_limit");
    table.kernels.push_back(std::move(timing));
  }
  return table;
}

}  // namespace reckon::reports
