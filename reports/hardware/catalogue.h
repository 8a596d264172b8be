#pragma once
// What accelerators can do at most, by their makers' figures, each entry with its sources.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reckon::reports {

/// How one device reaches devices outside its links.
struct NetworkInterface {
  double gb_per_s_one_way = 0;
  std::string interface;
  std::string source;
  std::string confidence;
};

/// A rate that somebody reached, in the unit of the figure that it stands for.
struct MeasuredRate {
  std::string figure;  ///< "bf16_dense_tflops", "memory_gb_per_s" ...
  double value = 0;
  std::string source;
};

struct Accelerator {
  std::string name;
  std::vector<std::string> aliases;  ///< what people type, and what drivers report
  std::string arch;
  std::string compute_capability;
  int sm_count = 0;
  double memory_gb = 0;                     ///< the vendor's label
  std::optional<double> memory_usable_mib;  ///< as a driver reports it
  std::string memory_type;
  double memory_gb_per_s = 0;
  double bf16_dense_tflops = 0;
  std::optional<double> fp8_dense_tflops;  ///< absent: no such arithmetic, or not known
  std::optional<double> int8_dense_tflops;
  std::optional<double> fp4_dense_tflops;
  double fp64_tflops = 0;
  double link_gb_per_s_both_ways = 0;  ///< 0: none
  int devices_per_node = 8;
  int devices_per_link_domain = 8;          ///< that the links join directly
  std::optional<NetworkInterface> network;  ///< absent: not known
  int pcie_generation = 0;
  double power_watts = 0;
  std::vector<MeasuredRate> measured;
  std::string notes;
  std::vector<std::string> sources;
  std::string confidence;                            ///< high, medium-high, medium, low-medium, low
  std::map<std::string, std::string> confidence_of;  ///< of single figures, where it differs
  std::string file;                                  ///< the catalogue that the entry comes from
  std::vector<std::string> flags;  ///< what is suspicious, naming the field: shown wherever the entry is used

  /// Operations a byte read must serve before arithmetic, not memory, is the limit.
  double ridge_bf16_flop_per_byte() const { return bf16_dense_tflops * 1e12 / (memory_gb_per_s * 1e9); }
  double link_gb_per_s_one_way() const { return link_gb_per_s_both_ways / 2; }
  double memory_bytes() const;  ///< as the driver reports it, else the label's GB as 1e9 bytes
  std::optional<double> figure(const std::string& key) const;  ///< by its name in the file
};

/// Reads one catalogue file (share/hardware/*.json, or a user's). Errors name file, entry and field: missing
/// sources, unknown confidence, figures that are not positive or break physics (float64 above bfloat16, FP8
/// below it, a ridge no memory system has), two entries of one name or alias. A peak below a rate that
/// somebody measured is flagged, not refused: either may be wrong.
std::vector<Accelerator> load_hardware(const std::string& path);

/// All catalogues of a folder, then the user's files, whose entries replace those of the same name.
std::vector<Accelerator> load_all_hardware(const std::string& folder,
                                           const std::vector<std::string>& user_files);

/// The entry of that name or alias (case ignored). Errors: none, with the nearest known.
const Accelerator& find_accelerator(const std::vector<Accelerator>& cards, const std::string& name);

/// The entry whose name or alias is a part of the name that a device reports; the longest wins; nullptr when
/// none is.
const Accelerator* recognise_accelerator(const std::vector<Accelerator>& cards,
                                         const std::string& device_name);

}  // namespace reckon::reports
