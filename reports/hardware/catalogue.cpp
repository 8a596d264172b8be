#include "reports/hardware/catalogue.h"

#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"

namespace reckon::reports {
namespace {

double figure(const json::ObjectReader& row, const char* key, double low, double high) {
  const double value = row.get_number(key);
  if (!(value >= low && value <= high)) {
    fail_input("{}: field '{}' is {}, outside what exists ({} to {})", row.where(), key, value, low, high);
  }
  return value;
}

Accelerator read_accelerator(const json::ObjectReader& row) {
  Accelerator card;
  card.name = row.get_string("name");
  card.arch = row.get_string("arch", "");
  card.compute_capability = row.get_string("compute_capability", "");
  card.sm_count = static_cast<int>(row.get_int("sm_count", 1, 100'000));
  card.memory_gb = figure(row, "memory_gb", 1, 1e5);
  card.memory_type = row.get_string("memory_type", "");
  card.memory_gb_per_s = figure(row, "memory_gb_per_s", 10, 1e6);
  card.bf16_dense_tflops = figure(row, "bf16_dense_tflops", 0.1, 1e5);
  if (row.has("fp8_dense_tflops")) card.fp8_dense_tflops = figure(row, "fp8_dense_tflops", 0.1, 1e5);
  card.fp64_tflops = figure(row, "fp64_tflops", 0.01, 1e4);
  card.link_gb_per_s_both_ways = figure(row, "link_gb_per_s_both_ways", 0, 1e5);
  card.pcie_generation = static_cast<int>(row.get_int("pcie_generation", 1, 10));
  card.power_watts = figure(row, "power_watts", 1, 1e5);
  card.notes = row.get_string("notes", "");
  card.sources = row.get_strings("sources");
  card.confidence = row.get_string("confidence");
  return card;
}

void check(const Accelerator& card, const std::string& where) {
  if (card.sources.empty()) fail_input("{}: field 'sources' is empty; every figure needs one", where);
  if (card.fp64_tflops > card.bf16_dense_tflops) {
    fail_input("{}: field 'fp64_tflops' is above 'bf16_dense_tflops'", where);
  }
  if (card.fp8_dense_tflops && *card.fp8_dense_tflops < card.bf16_dense_tflops) {
    fail_input("{}: field 'fp8_dense_tflops' is below 'bf16_dense_tflops'", where);
  }
  const double ridge = card.ridge_bf16_flop_per_byte();
  if (ridge < 5 || ridge > 5000) {
    fail_input(
        "{}: 'bf16_dense_tflops' over 'memory_gb_per_s' is {:.1f} operations a byte, which no card has: one "
        "of "
        "them is wrong by a factor",
        where, ridge);
  }
}

}  // namespace

std::vector<Accelerator> load_hardware(const std::string& path) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  const std::int64_t schema = file.get_int("schema", 0, 1 << 30);
  if (schema != 1) fail_input("{}: field 'schema' is {}; this program reads 1", path, schema);
  std::vector<Accelerator> cards;
  std::set<std::string> names;
  for (const json::Value& item : file.get_array("accelerators").GetArray()) {
    const std::string where = fmt::format("{}: accelerators[{}]", path, cards.size());
    const json::ObjectReader row(item, where);
    Accelerator card = read_accelerator(row);
    check(card, fmt::format("{} ({})", where, card.name));
    if (!names.insert(card.name).second) fail_input("{}: a second entry named '{}'", where, card.name);
    cards.push_back(std::move(card));
  }
  return cards;
}

}  // namespace reckon::reports
