#pragma once
// YAML text to a JSON document with the line of every value, under limits.

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"

namespace reckon::suites {

struct YamlLimits {
  std::size_t max_bytes = std::size_t{4} << 20;
  int max_depth = 64;
  std::size_t max_values = 200'000;                        ///< after aliases are written out
  std::size_t max_expanded_bytes = std::size_t{16} << 20;  ///< of scalars, after aliases are written out
};

struct YamlDocument {
  json::Document value;
  /// Line (from 1) of each value by its path: "metric_list[0].metric". Paths inside inline samples are there
  /// too.
  std::map<std::string, int> lines;
};

/// Plain scalars get the types that PyYAML gives them (null, booleans with yes/no/on/off, integers, floats),
/// quoted ones are strings. Errors, each with `source` and the line: bad syntax, duplicate keys, keys that
/// are no text, tags other than `!function name` (which becomes {"!function": "name"}), more than the limits,
/// more than one document.
YamlDocument read_yaml(std::string_view text, const std::string& source, const YamlLimits& limits = {});

}  // namespace reckon::suites
