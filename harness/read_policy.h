#pragma once
#include <string>

#include "reports/gate/policy.h"

namespace reckon::harness {

/// A gate's policy from YAML. Errors name the file and the line or the field.
reports::GatePolicy read_policy(const std::string& path);

}  // namespace reckon::harness
