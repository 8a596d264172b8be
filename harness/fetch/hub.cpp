#include "harness/fetch/hub.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

bool is_safe(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.find('\\') != std::string::npos ||
      path.find('\0') != std::string::npos) {
    return false;
  }
  return std::ranges::none_of(fs::path(path),
                              [](const fs::path& part) { return part == ".." || part == "."; });
}

bool is_repository_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) return false;
  if (name.find("..") != std::string::npos) return false;
  return std::ranges::all_of(name.substr(0, slash), allowed) &&
         std::ranges::all_of(name.substr(slash + 1), allowed);
}

std::string percent_encoded(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~/").find(c) != std::string_view::npos;
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

// Git names a blob by the SHA-1 of its length and bytes.
std::string git_blob_sha1(const std::string& path) {
  const MappedFile file(path);
  const std::string head = fmt::format("blob {}", file.bytes().size()) + '\0';
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, 20> digest{};
  unsigned int length = 0;
  EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr);
  EVP_DigestUpdate(context.get(), head.data(), head.size());
  EVP_DigestUpdate(context.get(), file.bytes().data(), file.bytes().size());
  EVP_DigestFinal_ex(context.get(), digest.data(), &length);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Hub Hub::from_environment() {
  const char* endpoint = std::getenv("HF_ENDPOINT");
  const char* token = std::getenv("HF_TOKEN");
  HttpOptions options;
  if (token != nullptr) options.bearer_token = token;
  std::string address = endpoint != nullptr && *endpoint != '\0' ? endpoint : "https://huggingface.co";
  while (address.ends_with('/')) address.pop_back();
  return {std::move(address), std::move(options)};
}

HubRepository Hub::list(const std::string& repository, const std::string& revision, bool dataset) const {
  if (!is_repository_name(repository))
    fail_input("fetch: '{}' is no repository name (owner/name)", repository);
  const std::string url = fmt::format("{}/api/{}/{}/revision/{}?blobs=true", endpoint_,
                                      dataset ? "datasets" : "models", repository, percent_encoded(revision));
  const json::Document reply = json::parse(http_get(url, options_, std::size_t{64} << 20), url);
  const json::ObjectReader reader(reply, url);
  HubRepository found;
  found.name = repository;
  found.dataset = dataset;
  found.commit = reader.get_string("sha", revision);
  for (const json::Value& sibling : reader.get_array("siblings").GetArray()) {
    const json::ObjectReader entry(sibling, url + ": siblings");
    HubFile file;
    file.path = entry.get_string("rfilename");
    if (!is_safe(file.path)) fail_input("{}: refuses to write to '{}'", url, file.path);
    file.bytes = static_cast<std::uint64_t>(entry.get_int("size", 0, std::int64_t{1} << 50));
    if (entry.has("lfs")) {
      file.sha256 = entry.get_object("lfs").get_string("sha256");
    } else {
      file.git_sha1 = entry.get_string("blobId", "");
    }
    found.files.push_back(std::move(file));
  }
  if (found.files.empty()) fail_input("{}: the repository is empty", url);
  return found;
}

bool matches(const HubFile& file, const std::string& path) {
  std::error_code error;
  if (fs::file_size(path, error) != file.bytes || error) return false;
  if (!file.sha256.empty()) return sha256_file(path) == file.sha256;
  if (!file.git_sha1.empty()) return git_blob_sha1(path) == file.git_sha1;
  return true;
}

void Hub::download(const HubRepository& repository, const HubFile& file, const std::string& folder,
                   const std::function<void(std::uint64_t)>& progress) const {
  const std::string path = folder + "/" + file.path;
  if (matches(file, path)) {
    progress(file.bytes);
    return;
  }
  fs::create_directories(fs::path(path).parent_path());
  const std::string part = path + ".part";
  const std::string url =
      fmt::format("{}/{}{}/resolve/{}/{}", endpoint_, repository.dataset ? "datasets/" : "", repository.name,
                  repository.commit, percent_encoded(file.path));
  http_download(url, part, file.bytes, options_, progress);
  if (!matches(file, part)) {
    fs::remove(part);
    fail_evaluation("{}: what came is not what the hub lists (size or checksum); removed, fetch it again",
                    url);
  }
  fs::rename(part, path);
}

std::vector<HubFile> needed_files(const HubRepository& repository) {
  if (repository.dataset) return repository.files;
  const auto has = [&](const std::string& end) {
    return std::ranges::any_of(repository.files,
                               [&](const HubFile& file) { return file.path.ends_with(end); });
  };
  const bool safetensors = has(".safetensors");
  std::vector<HubFile> needed;
  for (const HubFile& file : repository.files) {
    const bool nested = file.path.find('/') != std::string::npos;
    const bool weights =
        file.path.ends_with(".safetensors") || (!safetensors && file.path.ends_with(".gguf"));
    const bool text = file.path.ends_with(".json") || file.path.ends_with(".jinja") ||
                      file.path.ends_with(".txt") || file.path.ends_with(".model") ||
                      file.path.starts_with("LICENSE") || file.path == "README.md";
    if ((weights && (!nested || !safetensors)) || (text && !nested)) needed.push_back(file);
  }
  return needed;
}

}  // namespace reckon::harness
