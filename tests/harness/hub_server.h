#pragma once
// A server on the loopback that speaks as much of the hub's protocol as fetching uses, with its bad days.

#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace reckon::test {

class HubServer {
 public:
  HubServer();
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::string endpoint() const;
  /// What a path answers; everything else is 404.
  std::map<std::string, std::string> pages;
  std::map<std::string, std::string> headers;  ///< of a path: "Name: value"
  std::atomic<int> cut_after_bytes{-1};        ///< closes the connection after so many body bytes, once
  std::atomic<int> unavailable_times{0};       ///< answers 503 (or 429) so many times
  std::atomic<bool> says_too_many{false};
  std::atomic<bool> honours_ranges{true};
  std::atomic<int> requests{0};
  std::atomic<int> range_requests{0};

 private:
  void serve();
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace reckon::test
