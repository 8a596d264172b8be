#pragma once
// Options of a rule or a grader in a suite file: typed, and no unknown one passes.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

class OptionReader {
 public:
  /// `options` is an object or null (no options). `where` starts every error message.
  /// Errors: `options` is something else; a name that is not in `known` (the nearest is named).
  OptionReader(const json::Value& options, std::string where, const std::vector<std::string>& known);

  bool get_bool(const char* name, bool fallback) const;
  std::int64_t get_int(const char* name, std::int64_t low, std::int64_t high, std::int64_t fallback) const;
  std::string get_string(const char* name, const std::string& fallback) const;
  /// Errors: absent.
  std::string require_string(const char* name) const;
  /// Errors: a value that is none of `allowed`.
  std::string get_choice(const char* name, const std::vector<std::string>& allowed,
                         const std::string& fallback) const;
  std::vector<std::string> get_strings(const char* name) const;
  const json::Value* find(const char* name) const;
  const std::string& where() const { return where_; }

 private:
  const json::Value* options_;
  std::string where_;
};

}  // namespace reckon::suites
