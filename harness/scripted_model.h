#pragma once
// A model that plays a script: the second implementation of the Model interface. It drives the tests of the
// run loop (kills, failures, late and unordered answers) and shows what an adapter needs.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "harness/model.h"

namespace reckon::harness {

/// The script file is a JSON object; every key may be absent:
///   "replies": {"<part of the prompt>": "reply", ...}   first key found in the last user message or text
///   wins "default_reply": "..."                              else this; "{hash}" in it becomes a digest of
///   prompt and seed "delay_seconds": 0.01      time each reply takes; replies come in an order that depends
///   on the prompt "max_in_flight": 4 "error_every": 0           every n-th request (by digest) fails
///   "error_retryable": true    ... in a way that may succeed when tried again
///   "lost_file": "path"        while there is such a file, with a number in it, the model fails for good
///   after so many replies, as a device does that is lost
class ScriptedModel final : public Model {
 public:
  explicit ScriptedModel(const std::string& script_path);

  std::string identity_json() const override;
  std::string device_json() const override;
  ModelCapabilities capabilities() const override;
  ModelCounters counters() const override { return counters_; }
  void submit(ModelRequest request) override;
  void cancel(RequestId id) override;
  std::vector<ModelEvent> poll(double timeout_seconds) override;
  std::int64_t in_flight() const override { return static_cast<std::int64_t>(waiting_.size()); }

 private:
  struct Waiting {
    ModelRequest request;
    double submitted = 0.0;
    double ready = 0.0;
    bool cancelled = false;
  };
  Completion answer(const Waiting& waiting) const;

  std::string path_;
  std::string sha256_;
  std::vector<std::pair<std::string, std::string>> replies_;
  std::string default_reply_ = "The answer is \\boxed{{hash}}.";
  double delay_seconds_ = 0.0;
  std::int32_t max_in_flight_ = 16;
  std::uint64_t error_every_ = 0;
  bool error_retryable_ = false;
  std::string lost_file_;
  std::vector<Waiting> waiting_;
  std::map<std::string, int> attempts_;
  ModelCounters counters_;
};

}  // namespace reckon::harness
