#pragma once
// What the tensors of an exchange of tokens between ranks have to be, the same on every back end.

#include <cstdint>

#include "kernels/backend.h"

namespace reckon::kernels {

/// Errors: shapes that do not fit together, tensors that are not dense, experts that do not divide.
void check_dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen, std::int32_t experts,
                    std::int32_t ranks);
void check_combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
                   const Tensor& weights);

}  // namespace reckon::kernels
