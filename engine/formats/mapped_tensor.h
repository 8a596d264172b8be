#pragma once
// From a record of a file's directory to a tensor that a back end takes.

#include <memory>
#include <string>

#include "base/files.h"
#include "engine/model/model_source.h"

namespace reckon::engine {

/// The part of `record` that `request` asks for, pointing into the map (copied only when it lies misaligned).
/// Errors: another shape, a type that no weight is read from.
kernels::StoredTensor mapped_tensor(const TensorRecord& record, const TensorRequest& request,
                                    const std::shared_ptr<const MappedFile>& file);

/// A tensor without data yet.
kernels::StoredTensor described_tensor(const std::string& name, kernels::DataType type, std::int64_t rows,
                                       std::int64_t columns);

/// "[2, 3]"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace reckon::engine
