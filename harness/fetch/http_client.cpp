#include "harness/fetch/http_client.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include <curl/curl.h>

#include "base/error.h"
#include "harness/interrupt.h"

namespace reckon::harness {
namespace {

constexpr double kLongestPauseSeconds = 60.0;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, CurlDeleter>;

struct Outcome {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string detail;
  double retry_after_seconds = 0.0;  ///< that the server asks for
  bool may_pass() const {
    if (code != CURLE_OK) {
      return code != CURLE_UNSUPPORTED_PROTOCOL && code != CURLE_URL_MALFORMAT && code != CURLE_WRITE_ERROR &&
             code != CURLE_ABORTED_BY_CALLBACK;
    }
    return status == 429 || status >= 500;
  }
  bool good() const { return code == CURLE_OK && status >= 200 && status < 300; }
};

Handle open(const std::string& url, const HttpOptions& options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(curl_easy_init());
  if (ready != CURLE_OK || !handle) fail_evaluation("libcurl cannot be started");
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "reckon");
  if (!options.bearer_token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, options.bearer_token.c_str());
  }
  return handle;
}

Outcome perform(CURL* curl) {
  char text[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
  Outcome outcome;
  outcome.code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &outcome.status);
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  outcome.retry_after_seconds = static_cast<double>(seconds);
  outcome.detail = text[0] != '\0' ? text : curl_easy_strerror(outcome.code);
  return outcome;
}

[[noreturn]] void give_up(const std::string& url, const Outcome& outcome) {
  if (outcome.code != CURLE_OK) fail_evaluation("{}: {}", url, outcome.detail);
  if (outcome.status == 401 || outcome.status == 403) {
    fail_input("{}: the server answered {}: set HF_TOKEN to a token that may read it", url, outcome.status);
  }
  if (outcome.status == 404)
    fail_input("{}: the server answered 404: no such repository, revision or file", url);
  fail_evaluation("{}: the server answered {}", url, outcome.status);
}

void pause(const HttpOptions& options, int attempt, double at_least_seconds = 0.0) {
  const double own = options.first_pause_seconds * static_cast<double>(1 << attempt);
  std::this_thread::sleep_for(
      std::chrono::duration<double>(std::max(own, std::min(at_least_seconds, kLongestPauseSeconds))));
}

/// The value of one header, of the last reply where there are several (redirections).
struct Header {
  std::string name;  ///< with its colon
  std::string value;
};

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& header = *static_cast<Header*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) header.value.clear();
  const std::size_t length = header.name.size();
  if (length > 1 && line.size() > length && strncasecmp(data, header.name.c_str(), length) == 0) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t", length), line.size());
    header.value = std::string(line.substr(begin, line.find_last_not_of(" \t\r\n") + 1 - begin));
  }
  return size * count;
}

struct Body {
  std::string text;
  std::size_t max_bytes = 0;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<Body*>(user);
  if (body.text.size() + size * count > body.max_bytes) return 0;
  body.text.append(data, size * count);
  return size * count;
}

/// The sink of a download: knows after the headers whether the server honours the range.
struct Sink {
  CURL* curl = nullptr;
  int descriptor = -1;
  std::uint64_t offset = 0;
  std::uint64_t expected = 0;
  bool asked_for_range = false;
  bool began = false;
  std::string failure;
  const std::function<void(std::uint64_t)>* progress = nullptr;
};

std::size_t take_file(char* data, std::size_t size, std::size_t count, void* user) {
  auto& sink = *static_cast<Sink*>(user);
  const std::size_t bytes = size * count;
  if (!sink.began) {
    sink.began = true;
    long status = 0;
    curl_easy_getinfo(sink.curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206) return bytes;  // an error page is not the file
    if (sink.asked_for_range && status == 200) {
      if (ftruncate(sink.descriptor, 0) != 0) return 0;
      sink.offset = 0;
    }
  }
  long status = 0;
  curl_easy_getinfo(sink.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206) return bytes;
  if (sink.offset + bytes > sink.expected) {
    sink.failure = "the server sends more bytes than it announced";
    return 0;
  }
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t written =
        pwrite(sink.descriptor, data + done, bytes - done, static_cast<off_t>(sink.offset + done));
    if (written <= 0) {
      sink.failure = std::strerror(errno);
      return 0;
    }
    done += static_cast<std::size_t>(written);
  }
  sink.offset += bytes;
  (*sink.progress)(sink.offset);
  return interrupted() ? 0 : bytes;
}

}  // namespace

std::string http_get(const std::string& url, const HttpOptions& options, std::size_t max_bytes) {
  return http_get_reply(url, options, max_bytes, "").body;
}

HttpReply http_get_reply(const std::string& url, const HttpOptions& options, std::size_t max_bytes,
                         const std::string& header) {
  for (int attempt = 0;; ++attempt) {
    const Handle handle = open(url, options);
    Body body;
    body.max_bytes = max_bytes;
    Header wanted;
    wanted.name = header + ":";
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &wanted);
    const Outcome outcome = perform(handle.get());
    if (outcome.good()) return {std::move(body.text), std::move(wanted.value)};
    if (outcome.code == CURLE_WRITE_ERROR)
      fail_input("{}: the reply is longer than {} bytes", url, max_bytes);
    if (!outcome.may_pass() || attempt + 1 >= options.attempts) give_up(url, outcome);
    pause(options, attempt, outcome.retry_after_seconds);
  }
}

void http_download(const std::string& url, const std::string& path, std::uint64_t expected_bytes,
                   const HttpOptions& options, const std::function<void(std::uint64_t)>& progress) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) fail_evaluation("{}: cannot be created: {}", path, std::strerror(errno));
  const std::unique_ptr<const int, void (*)(const int*)> guard(&descriptor,
                                                               [](const int* file) { ::close(*file); });
  for (int attempt = 0;; ++attempt) {
    struct stat status {};
    fstat(descriptor, &status);
    Sink sink;
    sink.descriptor = descriptor;
    sink.expected = expected_bytes;
    sink.offset = static_cast<std::uint64_t>(status.st_size);
    sink.progress = &progress;
    if (sink.offset > expected_bytes) {
      if (ftruncate(descriptor, 0) != 0) fail_evaluation("{}: {}", path, std::strerror(errno));
      sink.offset = 0;
    }
    if (sink.offset == expected_bytes) return;
    const Handle handle = open(url, options);
    sink.curl = handle.get();
    sink.asked_for_range = sink.offset > 0;
    if (sink.asked_for_range) {
      curl_easy_setopt(handle.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(sink.offset));
    }
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take_file);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &sink);
    Outcome outcome = perform(handle.get());
    if (interrupted()) fail_evaluation("{}: stopped; the same command goes on where it is", url);
    if (!sink.failure.empty()) fail_evaluation("{}: {}: {}", url, path, sink.failure);
    if (outcome.good() && sink.offset == expected_bytes) return;
    if (outcome.good()) {
      outcome.code = CURLE_PARTIAL_FILE;
      outcome.detail = fmt::format("{} of {} bytes came", sink.offset, expected_bytes);
    }
    if (outcome.code == CURLE_RANGE_ERROR && ftruncate(descriptor, 0) != 0) give_up(url, outcome);
    if (!outcome.may_pass() || attempt + 1 >= options.attempts) give_up(url, outcome);
    pause(options, attempt);
  }
}

}  // namespace reckon::harness
