#pragma once
// A run that is started over and over and killed at random moments of its whole length.

#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace reckon::test {

class KilledRun {
 public:
  /// `samples` are the records of a whole run of `task` in `folder`; a kill comes up to `longest_delay`
  /// seconds after the progress that it waits for.
  KilledRun(std::string folder, std::string task, std::size_t samples, double longest_delay, unsigned seed);

  /// One start, killed as it starts, after some more records, or after the last one; one that finds
  /// all recorded is left alone now and then. Fails the test where a record was lost or a launch not noted.
  /// True: it came to its end.
  bool start(const std::vector<std::string>& command);

  /// Every record names a launch, and the results hold the device-hours of all launches.
  void expect_whole() const;
  /// Begins with an empty folder.
  void begin_anew();

  int kills() const { return before_first_ + between_ + after_last_; }
  int kills_before_first_record() const { return before_first_; }
  int kills_between_records() const { return between_; }
  int kills_after_last_record() const { return after_last_; }

 private:
  std::function<bool()> progress_to_wait_for();

  std::string folder_;
  std::string task_;
  std::size_t samples_;
  double longest_delay_;
  std::mt19937 random_;
  std::size_t records_ = 0;
  std::size_t launches_ = 0;
  int before_first_ = 0;
  int between_ = 0;
  int after_last_ = 0;
};

}  // namespace reckon::test
