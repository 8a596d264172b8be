#pragma once
// Rows of a dataset on the hub, through its rows API: no Parquet, no Python.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/fetch/http_client.h"

namespace reckon::harness {

/// One split of one configuration ("subset") of a dataset.
struct RowsSource {
  std::string dataset;  ///< "owner/name"
  std::string config;   ///< "": the only one, or the one called "default"
  std::string split;
};

class HubRows {
 public:
  /// HF_DATASETS_SERVER (default: the public one) and HF_TOKEN from the environment.
  static HubRows from_environment();
  HubRows(std::string endpoint, HttpOptions options)
      : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

  /// Writes all rows of the split to `folder`/<split>.jsonl, as JSON lines in their order, and to
  /// `folder`/rows.json the commit that the server named and the SHA-256 of the file. Does nothing when both
  /// are there and fit. `progress` gets the rows so far and of all. Errors: no such dataset, configuration or
  /// split (names those there are); a commit other than that of the splits in `folder`, or one that changes
  /// between two replies (both are named); a cell that the server cut off; a split that it holds in part
  /// only; fewer rows than it announced.
  void fetch(const RowsSource& source, const std::string& folder,
             const std::function<void(std::int64_t, std::int64_t)>& progress) const;

 private:
  std::string config_of(const RowsSource& source) const;

  std::string endpoint_;
  HttpOptions options_;
};

}  // namespace reckon::harness
