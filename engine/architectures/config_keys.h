#pragma once
// Reads one object of a config and remembers which keys were honoured, so that a key that nobody asked for is
// refused instead of ignored: it might change the result.

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::engine {

class ConfigKeys {
 public:
  /// `object` must outlive this. Errors: a key that stands twice.
  ConfigKeys(const json::Value& object, std::string where);

  const std::string& where() const { return reader_.where(); }
  bool has(const char* key) const { return reader_.has(key); }  ///< present and not null
  bool stands(const char* key) const;                           ///< present, null or not

  std::int32_t get_count(const char* key, std::int32_t low, std::int32_t high);
  std::int32_t get_count(const char* key, std::int32_t low, std::int32_t high, std::int32_t fallback);
  std::int64_t get_int(const char* key, std::int64_t low, std::int64_t high, std::int64_t fallback);
  /// Finite and in [low, high].
  double get_number(const char* key, double low, double high);
  double get_number(const char* key, double low, double high, double fallback);
  bool get_bool(const char* key, bool fallback);
  std::string get_string(const char* key);
  std::string get_string(const char* key, std::string_view fallback);
  /// nullptr when absent or null.
  const json::Value* get_value(const char* key);

  /// Keys with one supported value: anything else is refused by name.
  void require_bool(const char* key, bool only);
  void require_string(const char* key, std::string_view only, std::string_view fallback);
  void require_number(const char* key, double only);

  /// Keys that change no result.
  void ignore(std::initializer_list<const char*> keys);
  void ignore(const std::vector<std::string>& keys);
  void ignore_prefix(std::string_view prefix);

  /// Errors: the first key that none of the above has named. `remedy` ends the message.
  void refuse_others(std::string_view remedy) const;

 private:
  json::ObjectReader reader_;
  const json::Value* object_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> prefixes_;
};

}  // namespace reckon::engine
