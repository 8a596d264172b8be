#include "tests/reports/support/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

extern char** environ;

namespace reckon::test {
namespace {

// Chromium reads messages from descriptor 3 and writes them to 4. The pipes' own must not be those.
constexpr int kBrowserReads = 3;
constexpr int kBrowserWrites = 4;
constexpr int kFirstFree = 10;
constexpr int kPatienceMilliseconds = 60'000;

std::array<int, 2> high_pipe() {
  std::array<int, 2> low{};
  if (pipe2(low.data(), O_CLOEXEC) != 0) fail_evaluation("no pipe for the browser");
  std::array<int, 2> ends{};
  for (std::size_t i = 0; i < 2; ++i) {
    ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, kFirstFree);
    close(low[i]);
  }
  return ends;
}

std::string as_json(const std::string& text) {
  json::Document document;
  return json::dump(json::string(text, document.GetAllocator()));
}

}  // namespace

Browser::Browser(const std::string& folder) {
  std::signal(SIGPIPE, SIG_IGN);  // a browser that does not start is an answer, not the end of the tests
  const std::array<int, 2> to = high_pipe();
  const std::array<int, 2> from = high_pipe();
  to_browser_ = to[1];
  from_browser_ = from[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], kBrowserReads);
  posix_spawn_file_actions_adddup2(&actions, from[1], kBrowserWrites);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words{"chromium", "--headless",
                                 // Root in a container cannot use the browser's own sandbox.
                                 "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                                 "--user-data-dir=" + folder};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed = posix_spawnp(&process_, "chromium", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  if (failed != 0) {
    process_ = -1;
    return;
  }
  try {
    const json::Document target = call("Target.createTarget", R"({"url":"about:blank"})");
    const json::Document attached =
        call("Target.attachToTarget",
             fmt::format(R"({{"targetId":{},"flatten":true}})", as_json(target["targetId"].GetString())));
    session_ = attached["sessionId"].GetString();
  } catch (const Error&) {
    session_.clear();
  }
}

Browser::~Browser() {
  close(to_browser_);  // chromium ends with its pipe
  close(from_browser_);
  if (process_ > 0) waitpid(process_, nullptr, 0);
}

void Browser::write(const std::string& message) const {
  const std::string_view bytes(message.c_str(), message.size() + 1);  // a NUL ends each
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(to_browser_, bytes.data() + done, bytes.size() - done);
    if (count <= 0) fail_evaluation("the browser takes no messages");
    done += static_cast<std::size_t>(count);
  }
}

std::string Browser::read() {
  for (;;) {
    if (const std::size_t end = received_.find('\0'); end != std::string::npos) {
      std::string message = received_.substr(0, end);
      received_.erase(0, end + 1);
      return message;
    }
    pollfd waiting{from_browser_, POLLIN, 0};
    std::array<char, 65536> part{};
    const ssize_t count =
        poll(&waiting, 1, kPatienceMilliseconds) > 0 ? ::read(from_browser_, part.data(), part.size()) : 0;
    if (count <= 0) return {};
    received_.append(part.data(), static_cast<std::size_t>(count));
  }
}

json::Document Browser::call(const std::string& method, const std::string& parameters) {
  const int id = ++last_;
  write(fmt::format(R"({{"id":{},{}"method":"{}","params":{}}})", id,
                    session_.empty() ? "" : fmt::format(R"("sessionId":{},)", as_json(session_)), method,
                    parameters));
  for (;;) {
    const std::string message = read();
    if (message.empty()) fail_evaluation("{}: the browser does not answer", method);
    json::Document answer = json::parse(message, "DevTools");
    if (!answer.HasMember("id") || answer["id"].GetInt() != id) continue;  // an event
    if (answer.HasMember("error")) fail_evaluation("{}: {}", method, json::dump(answer["error"]));
    json::Document result;
    result.CopyFrom(answer["result"], result.GetAllocator());
    return result;
  }
}

std::string Browser::evaluate(const std::string& expression) {
  const json::Document answer = call(
      "Runtime.evaluate",
      fmt::format(R"({{"expression":{},"returnByValue":true,"awaitPromise":true}})", as_json(expression)));
  if (answer.HasMember("exceptionDetails"))
    fail_evaluation("{}: {}", expression, json::dump(answer["exceptionDetails"]));
  if (!answer["result"].HasMember("value")) return "undefined";
  const json::Value& value = answer["result"]["value"];
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : json::dump(value);
}

bool Browser::open(const std::string& url, const std::string& condition) {
  call("Page.enable");
  call("Page.navigate", fmt::format(R"({{"url":{}}})", as_json(url)));
  const std::string wait = fmt::format(
      "new Promise((done) => {{ const look = (left) => {} ? done(true) : left ? setTimeout(look, 100, left - "
      "1) : "
      "done(false); look(600); }})",
      condition);
  // The page that the wait began on may go while it waits.
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      if (evaluate(wait) == "true") return true;
    } catch (const Error&) {
    }
  }
  return false;
}

void Browser::press(const std::string& key, int key_code) {
  for (const char* type : {"keyDown", "keyUp"}) {
    call("Input.dispatchKeyEvent",
         fmt::format(R"({{"type":"{}","key":"{}","code":"{}","windowsVirtualKeyCode":{}{}}})", type, key, key,
                     key_code,
                     key == "Enter" && type == std::string_view("keyDown") ? R"(,"text":"\r")" : ""));
  }
}

}  // namespace reckon::test
