#include "reports/hardware/catalogue.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

constexpr std::array kConfidences = {"high", "medium-high", "medium", "low-medium", "low"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

double figure_in(const json::ObjectReader& row, const char* key, double low, double high) {
  const double value = row.get_number(key);
  if (!(value >= low && value <= high)) {
    fail_input("{}: field '{}' is {}, outside what exists ({} to {})", row.where(), key, value, low, high);
  }
  return value;
}

std::optional<double> optional_figure(const json::ObjectReader& row, const char* key, double low,
                                      double high) {
  if (!row.has(key)) return std::nullopt;
  return figure_in(row, key, low, high);
}

std::string confidence_in(const json::ObjectReader& row, const char* key) {
  std::string text = row.get_string(key);
  if (std::find(kConfidences.begin(), kConfidences.end(), text) == kConfidences.end()) {
    fail_input("{}: field '{}' is '{}', not one of {}", row.where(), key, text,
               fmt::join(kConfidences, ", "));
  }
  return text;
}

NetworkInterface read_network(const json::ObjectReader& object) {
  NetworkInterface network;
  network.gb_per_s_one_way = figure_in(object, "gb_per_s_one_way", 0.1, 1e5);
  network.interface = object.get_string("interface", "");
  network.source = object.get_string("source");
  if (network.source.empty()) fail_input("{}: field 'source' is empty", object.where());
  network.confidence = confidence_in(object, "confidence");
  return network;
}

std::vector<MeasuredRate> read_measured(const json::ObjectReader& row) {
  std::vector<MeasuredRate> rates;
  if (!row.has("measured")) return rates;
  for (const json::Value& item : row.get_array("measured").GetArray()) {
    const json::ObjectReader rate(item, fmt::format("{}: measured[{}]", row.where(), rates.size()));
    rates.push_back(
        {rate.get_string("figure"), figure_in(rate, "value", 0.001, 1e6), rate.get_string("source")});
  }
  return rates;
}

Accelerator read_accelerator(const json::ObjectReader& row) {
  Accelerator card;
  card.name = row.get_string("name");
  if (card.name.empty()) fail_input("{}: field 'name' is empty", row.where());
  card.aliases = row.get_strings("aliases");
  card.arch = row.get_string("arch", "");
  card.compute_capability = row.get_string("compute_capability", "");
  card.sm_count = static_cast<int>(row.get_int("sm_count", 1, 100'000));
  card.memory_gb = figure_in(row, "memory_gb", 1, 1e5);
  card.memory_usable_mib = optional_figure(row, "memory_usable_mib", 1000, 1e8);
  card.memory_type = row.get_string("memory_type", "");
  card.memory_gb_per_s = figure_in(row, "memory_gb_per_s", 10, 1e6);
  card.bf16_dense_tflops = figure_in(row, "bf16_dense_tflops", 0.1, 1e5);
  card.fp8_dense_tflops = optional_figure(row, "fp8_dense_tflops", 0.1, 1e5);
  card.int8_dense_tflops = optional_figure(row, "int8_dense_tflops", 0.1, 1e5);
  card.fp4_dense_tflops = optional_figure(row, "fp4_dense_tflops", 0.1, 1e6);
  card.fp64_tflops = figure_in(row, "fp64_tflops", 0.01, 1e4);
  card.link_gb_per_s_both_ways = figure_in(row, "link_gb_per_s_both_ways", 0, 1e5);
  card.devices_per_node = static_cast<int>(row.get_int("devices_per_node", 1, 4096, 8));
  card.devices_per_link_domain =
      static_cast<int>(row.get_int("devices_per_link_domain", 1, 4096, card.devices_per_node));
  if (row.has("network")) card.network = read_network(row.get_object("network"));
  card.pcie_generation = static_cast<int>(row.get_int("pcie_generation", 1, 10));
  card.power_watts = figure_in(row, "power_watts", 1, 1e5);
  card.measured = read_measured(row);
  card.notes = row.get_string("notes", "");
  card.sources = row.get_strings("sources");
  card.confidence = confidence_in(row, "confidence");
  if (row.has("confidence_of")) {
    const json::ObjectReader single = row.get_object("confidence_of");
    for (const auto& member : row.find("confidence_of")->GetObject()) {
      const char* key = member.name.GetString();
      if (!card.figure(key)) fail_input("{}: '{}' is no figure of this entry", single.where(), key);
      card.confidence_of[key] = confidence_in(single, key);
    }
  }
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
  if (card.memory_bytes() > card.memory_gb * 1.1e9) {
    fail_input("{}: field 'memory_usable_mib' is more than the {} GB of 'memory_gb'", where, card.memory_gb);
  }
}

std::vector<std::string> flags_of(const Accelerator& card) {
  std::vector<std::string> flags;
  for (const MeasuredRate& rate : card.measured) {
    const std::optional<double> peak = card.figure(rate.figure);
    if (!peak) {
      flags.push_back(fmt::format("measured '{}' has no peak to stand beside", rate.figure));
    } else if (*peak < rate.value) {
      flags.push_back(
          fmt::format("field '{}' is {:g}, below the {:g} that was measured ({}): one of the two is wrong",
                      rate.figure, *peak, rate.value, rate.source));
    }
  }
  return flags;
}

std::vector<std::string> names_of(const Accelerator& card) {
  std::vector<std::string> names = {card.name};
  for (const std::string& alias : card.aliases) {
    if (lower(alias) != lower(card.name)) names.push_back(alias);
  }
  return names;
}

}  // namespace

double Accelerator::memory_bytes() const {
  return memory_usable_mib ? *memory_usable_mib * 1024 * 1024 : memory_gb * 1e9;
}

std::optional<double> Accelerator::figure(const std::string& key) const {
  if (key == "memory_gb") return memory_gb;
  if (key == "memory_usable_mib") return memory_usable_mib;
  if (key == "memory_gb_per_s") return memory_gb_per_s;
  if (key == "bf16_dense_tflops") return bf16_dense_tflops;
  if (key == "fp8_dense_tflops") return fp8_dense_tflops;
  if (key == "int8_dense_tflops") return int8_dense_tflops;
  if (key == "fp4_dense_tflops") return fp4_dense_tflops;
  if (key == "fp64_tflops") return fp64_tflops;
  if (key == "link_gb_per_s_both_ways") return link_gb_per_s_both_ways;
  if (key == "network_gb_per_s_one_way" && network) return network->gb_per_s_one_way;
  if (key == "sm_count") return sm_count;
  if (key == "power_watts") return power_watts;
  return std::nullopt;
}

std::vector<Accelerator> load_hardware(const std::string& path) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  std::vector<Accelerator> cards;
  std::set<std::string> names;
  for (const json::Value& item : file.get_array("accelerators").GetArray()) {
    const std::string where = fmt::format("{}: accelerators[{}]", path, cards.size());
    const json::ObjectReader row(item, where);
    Accelerator card = read_accelerator(row);
    check(card, fmt::format("{} ({})", where, card.name));
    for (const std::string& name : names_of(card)) {
      if (!names.insert(lower(name)).second) fail_input("{}: a second entry named '{}'", where, name);
    }
    card.file = path;
    card.flags = flags_of(card);
    cards.push_back(std::move(card));
  }
  return cards;
}

std::vector<Accelerator> load_all_hardware(const std::string& folder,
                                           const std::vector<std::string>& user_files) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  files.insert(files.end(), user_files.begin(), user_files.end());
  std::vector<Accelerator> cards;
  for (const std::string& file : files) {
    for (Accelerator& card : load_hardware(file)) {
      std::erase_if(cards, [&](const Accelerator& known) { return lower(known.name) == lower(card.name); });
      // The newer entry answers to its aliases alone.
      for (Accelerator& known : cards) {
        std::erase_if(known.aliases, [&](const std::string& alias) {
          return std::any_of(card.aliases.begin(), card.aliases.end(),
                             [&](const std::string& other) { return lower(other) == lower(alias); });
        });
      }
      cards.push_back(std::move(card));
    }
  }
  return cards;
}

const Accelerator& find_accelerator(const std::vector<Accelerator>& cards, const std::string& name) {
  std::vector<std::string> known;
  for (const Accelerator& card : cards) {
    for (const std::string& other : names_of(card)) {
      if (lower(other) == lower(name)) return card;
    }
    known.push_back(card.aliases.empty() ? card.name : card.aliases.front());
  }
  fail_input(
      "--device {}: no such entry in the hardware catalogue{}; `reckon ls hardware` prints it, --hardware "
      "FILE adds to it",
      name, did_you_mean(name, known));
}

const Accelerator* recognise_accelerator(const std::vector<Accelerator>& cards,
                                         const std::string& device_name) {
  const std::string reported = lower(device_name);
  const Accelerator* best = nullptr;
  std::size_t longest = 0;
  for (const Accelerator& card : cards) {
    for (const std::string& name : names_of(card)) {
      if (name.size() > longest && reported.find(lower(name)) != std::string::npos) {
        best = &card;
        longest = name.size();
      }
    }
  }
  return best;
}

}  // namespace reckon::reports
