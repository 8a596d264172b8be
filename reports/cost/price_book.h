#pragma once
// Dated prices with their sources: for API models per million tokens, for hardware per device-hour.

#include <optional>
#include <string>
#include <vector>

#include "reports/summary.h"

namespace reckon::reports {

/// Dates are "YYYY-MM-DD"; an empty end means: still valid when written down.
struct PriceValidity {
  std::string from;
  std::string to;
  std::string source;
  std::string confidence;  ///< high, medium or low
};

struct ModelPrice {
  std::string model;
  TokenPrice price;
  PriceValidity validity;
};

struct DevicePrice {
  std::string device;  ///< a name of the hardware catalogue, or a part of the name a device reports
  double usd_per_device_hour_low = 0;
  double usd_per_device_hour_high = 0;
  PriceValidity validity;
};

struct PriceBook {
  std::string path;
  std::vector<ModelPrice> models;
  std::vector<DevicePrice> devices;
};

/// Errors name file and row: prices that are not positive, dates that are no dates, rows of one model or
/// device that overlap in time, unknown confidence, a missing source.
PriceBook load_price_book(const std::string& path);

/// The row of that model (case ignored) valid on `date`; nullptr when none is.
const ModelPrice* find_model_price(const PriceBook& book, const std::string& model, const std::string& date);

/// The row whose `device` is a part of the name that the device reports (case ignored), valid on `date`; the
/// longest name wins. nullptr when none fits.
const DevicePrice* find_device_price(const PriceBook& book, const std::string& device_name,
                                     const std::string& date);

}  // namespace reckon::reports
