#pragma once
// The model held against published throughput: blind, and with one overlap share learned from the other
// points.

#include <string>
#include <vector>

#include "reports/estimate/serving.h"

namespace reckon::reports {

struct PublishedPoint {
  std::string id;
  std::string what;
  std::string source;
  bool prefill = false;
  bool overlap = false;
  bool asserted = false;        ///< false: a day's average, shown only
  bool draft_inferred = false;  ///< that it drafted tokens is a guess: shown both ways
  double tokens_per_second_and_node = 0;
  ServingSetup setup;
};

/// Errors name file, entry and field.
std::vector<PublishedPoint> load_published_points(const std::string& path, const std::string& models_folder,
                                                  const std::vector<Accelerator>& cards);

struct BlindRow {
  const PublishedPoint* point = nullptr;
  bool without_draft = false;  ///< the point whose drafting is inferred, the other way
  Range tokens_per_second_and_node;
  bool contains = false;
  double middle_over_published = 0;
  std::string longest_part;
};
std::vector<BlindRow> check_blind(const std::vector<PublishedPoint>& points, const Constants& constants);

/// Time of a step = (1 - s) exposed + s overlapped at the constants' middle; s, 0 to 1, by least squares of
/// the logarithms over all other asserted points of the same phase. Points without overlap are predicted
/// exposed.
struct LeaveOneOutRow {
  const PublishedPoint* point = nullptr;
  double overlap_share = 0;  ///< learned without this point
  double tokens_per_second_and_node = 0;
  double predicted_over_published = 0;
};
std::vector<LeaveOneOutRow> check_leave_one_out(const std::vector<PublishedPoint>& points,
                                                const Constants& constants);

/// Both as Markdown.
std::string published_points_markdown(const std::vector<PublishedPoint>& points, const Constants& constants);

}  // namespace reckon::reports
