#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/model/model_source.h"

namespace reckon::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCacheBytes = std::size_t{16} << 20;
constexpr std::uint64_t kSmallBytes = 1 << 20;  // hashed at once, not worth a cache entry

std::string cache_path() {
  const char* base = std::getenv("XDG_CACHE_HOME");
  if (base != nullptr && *base == '/') return std::string(base) + "/reckon/hashes.json";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::string(home) + "/.cache/reckon/hashes.json";
  return "";
}

// What changes when a file's content does.
std::string identity(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_input("{}: cannot be read", path);
  return fmt::format("{}|{}|{}.{:09d}|{}", fs::absolute(path).string(), status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec, status.st_ino);
}

// An unreadable or damaged cache is as good as none.
json::Document read_cache(const std::string& path) {
  try {
    if (!path.empty() && fs::exists(path)) {
      json::Document cache = json::parse(read_file(path, kMaxCacheBytes), path);
      if (cache.IsObject()) return cache;
    }
  } catch (const Error&) {
  }
  return json::Document(rapidjson::kObjectType);
}

void write_cache(const std::string& path, const json::Document& cache) {
  std::error_code ignored;
  fs::create_directories(fs::path(path).parent_path(), ignored);
  try {
    write_file_atomically(path, json::dump(cache));
  } catch (const Error&) {
    // Without a cache the next run hashes again; nothing is lost.
  }
}

bool is_hash(const json::Value& value) {
  return value.IsString() && value.GetStringLength() == 64 &&
         std::string_view(value.GetString()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> model_hashes(const ModelSource& source) {
  const std::string path = cache_path();
  json::Document cache = read_cache(path);
  bool changed = false;
  std::vector<std::string> hashes;
  for (const ModelFile& file : source.files()) {
    if (file.bytes < kSmallBytes) {
      hashes.push_back(sha256_file(file.path));
      continue;
    }
    const std::string key = identity(file.path);
    const auto known = cache.FindMember(key.c_str());
    if (known != cache.MemberEnd() && is_hash(known->value)) {
      hashes.emplace_back(known->value.GetString());
      continue;
    }
    hashes.push_back(sha256_file(file.path));
    // The file may have changed while it was read: then the entry would be wrong.
    if (identity(file.path) != key) fail_input("{}: changed while it was being hashed", file.path);
    if (known != cache.MemberEnd()) cache.RemoveMember(known);
    cache.AddMember(json::string(key, cache.GetAllocator()),
                    json::string(hashes.back(), cache.GetAllocator()), cache.GetAllocator());
    changed = true;
  }
  if (changed && !path.empty()) write_cache(path, cache);
  return hashes;
}

}  // namespace reckon::engine
