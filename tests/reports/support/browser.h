#pragma once
// A real Chromium without a window, spoken to by the DevTools protocol over pipes.

#include <sys/types.h>

#include <string>

#include "base/json.h"

namespace reckon::test {

/// One page. Errors of the browser fail with reckon::Error.
class Browser {
 public:
  /// Starts chromium with its profile in `folder`. `running()` is false where none is installed or none runs.
  explicit Browser(const std::string& folder);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  bool running() const { return !session_.empty(); }

  /// The result of a DevTools method; `parameters` is a JSON object.
  json::Document call(const std::string& method, const std::string& parameters = "{}");
  /// What a JavaScript expression is worth, a promise awaited: as text; other values as JSON.
  std::string evaluate(const std::string& expression);
  /// Opens a page and waits until `condition` holds there. False after a minute.
  bool open(const std::string& url, const std::string& condition);
  /// Presses a key as a person would.
  void press(const std::string& key, int key_code);

 private:
  void write(const std::string& message) const;
  std::string read();  ///< the next message; "" when the browser has ended

  pid_t process_ = -1;
  int to_browser_ = -1;
  int from_browser_ = -1;
  int last_ = 0;
  std::string received_;
  std::string session_;
};

}  // namespace reckon::test
