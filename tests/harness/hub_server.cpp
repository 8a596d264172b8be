#include "tests/harness/hub_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace reckon::test {

HubServer::HubServer() {
  setenv("no_proxy", "127.0.0.1", 1);  // libcurl would ask the machine's proxy for this address
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 8) != 0) {
    throw std::runtime_error("cannot listen on the loopback");
  }
  socklen_t length = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HubServer::~HubServer() {
  stop_ = true;
  thread_.join();
  close(listener_);
}

std::string HubServer::endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

void HubServer::serve() {
  while (!stop_) {
    pollfd wait{listener_, POLLIN, 0};
    if (poll(&wait, 1, 20) <= 0) continue;
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    std::string request;
    std::array<char, 4096> chunk;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = recv(client, chunk.data(), chunk.size(), 0);
      if (count <= 0) break;
      request.append(chunk.data(), static_cast<std::size_t>(count));
    }
    ++requests;
    const std::size_t begin = request.find(' ') + 1;
    const std::string path = request.substr(begin, request.find(' ', begin) - begin);
    const auto page = pages.find(path);
    std::string body = page != pages.end() ? page->second : "not here";
    std::string status = page != pages.end() ? "200 OK" : "404 Not Found";
    if (unavailable_times > 0) {
      --unavailable_times;
      status = says_too_many ? "429 Too Many Requests\r\nRetry-After: 0" : "503 Busy";
      body = "later";
    }
    const std::size_t range = request.find("Range: bytes=");
    if (range != std::string::npos && status == "200 OK") {
      ++range_requests;
      if (honours_ranges) {
        const auto from = static_cast<std::size_t>(std::atoll(request.c_str() + range + 13));
        status = "206 Partial Content\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                 std::to_string(body.size() - 1) + "/" + std::to_string(body.size());
        body = body.substr(from);
      }
    }
    std::string reply = "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\nConnection: close\r\n" +
                        (headers.contains(path) ? headers[path] + "\r\n" : std::string()) + "\r\n";
    std::size_t send_bytes = body.size();
    if (cut_after_bytes >= 0 && static_cast<std::size_t>(cut_after_bytes) < body.size() &&
        status.starts_with("20") && body.size() > 1000) {
      send_bytes = static_cast<std::size_t>(cut_after_bytes.exchange(-1));
    }
    reply += body.substr(0, send_bytes);
    send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
    close(client);
  }
}

}  // namespace reckon::test
