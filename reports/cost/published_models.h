#pragma once
// Scores that others published, beside list prices: a panel of its own, never mixed with what was measured.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/cost/price_book.h"

namespace reckon::reports {

/// What a question takes on average, said by the user: nobody publishes it.
struct TokensPerQuestion {
  double input = 0;
  double output = 0;
};

struct PublishedModel {
  std::string model;
  std::map<std::string, double> scores;  ///< by benchmark; percent, or a rating
  std::string source;
  std::string note;
  std::optional<TokenPrice> price;  ///< absent: not known
  std::string price_source;

  /// USD for a solved problem of a benchmark scored in percent: the price of a question over the share
  /// solved. Absent unless price, tokens and score are known.
  std::optional<double> usd_per_solved(const std::string& benchmark,
                                       const std::optional<TokensPerQuestion>& tokens) const;
};

struct PublishedPanel {
  std::string path;
  std::string note;
  std::string protocol;
  std::vector<std::string> benchmarks;  ///< in the order of the file
  std::vector<std::string> ratings;     ///< of these, those that are no percentages
  std::vector<PublishedModel> models;

  bool is_rating(const std::string& benchmark) const;
};

/// Reads share/prices/published_scores.json and looks its prices up. Errors name file, row and field: scores
/// outside 0 to 100, benchmarks that the file does not name, a model twice, a price that the book does not
/// have on its date.
PublishedPanel load_published_panel(const std::string& path, const PriceBook& book);

}  // namespace reckon::reports
