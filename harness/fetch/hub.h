#pragma once
// Repositories of the Hugging Face hub (or a mirror that speaks the same protocol).

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/fetch/http_client.h"

namespace reckon::harness {

struct HubFile {
  std::string path;  ///< relative, checked: no "..", not absolute
  std::uint64_t bytes = 0;
  std::string sha256;    ///< of large files; "" else
  std::string git_sha1;  ///< blob id of small files; "" else
};

struct HubRepository {
  std::string name;    ///< "owner/name"
  std::string commit;  ///< that the revision stood for when it was asked
  bool dataset = false;
  std::vector<HubFile> files;
};

class Hub {
 public:
  /// HF_ENDPOINT (default: the public hub) and HF_TOKEN from the environment.
  static Hub from_environment();
  Hub(std::string endpoint, HttpOptions options)
      : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

  /// Errors: no such repository, not allowed, a listing that is not what the protocol says.
  HubRepository list(const std::string& repository, const std::string& revision, bool dataset) const;

  /// Brings one file to `folder`, resuming a partial one, and checks its size and hash: a file that does not
  /// match is removed and named.
  void download(const HubRepository& repository, const HubFile& file, const std::string& folder,
                const std::function<void(std::uint64_t)>& progress) const;

 private:
  std::string endpoint_;
  HttpOptions options_;
};

/// Of a model's files those that reckon reads: configs, tokenizers, templates, licences, and one form of the
/// weights (safetensors, else GGUF).
std::vector<HubFile> needed_files(const HubRepository& repository);

/// Whether `path` is on disk with the size and hash that the hub lists.
bool matches(const HubFile& file, const std::string& path);

}  // namespace reckon::harness
