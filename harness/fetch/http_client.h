#pragma once
// HTTP as fetching needs it: small replies whole, large files resumed where they stopped.

#include <cstdint>
#include <functional>
#include <string>

namespace reckon::harness {

struct HttpOptions {
  std::string bearer_token;          ///< sent to the first host only, never to one that it redirects to
  int attempts = 4;                  ///< for failures that may pass: no connection, cut connection, 429, 5xx
  double first_pause_seconds = 1.0;  ///< doubled after each failure, longer where the server asks for it
};

/// The body of a reply. Errors: evaluation error naming the address and what the server or the network said;
/// a reply over `max_bytes`.
std::string http_get(const std::string& url, const HttpOptions& options, std::size_t max_bytes);

/// The same with one header of the last reply; "" where it has none.
struct HttpReply {
  std::string body;
  std::string header;
};
HttpReply http_get_reply(const std::string& url, const HttpOptions& options, std::size_t max_bytes,
                         const std::string& header);

/// Appends what is missing of `url` to `path` (a partial download of the same file, or absent) until it has
/// `expected_bytes`. A server that ignores the range makes it start anew. `progress` gets the bytes on disk
/// so far.
void http_download(const std::string& url, const std::string& path, std::uint64_t expected_bytes,
                   const HttpOptions& options, const std::function<void(std::uint64_t)>& progress);

}  // namespace reckon::harness
