#include "kernels/expert_dispatch.h"

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels {
namespace {

bool same_matrix(const Tensor& a, const Tensor& b) {
  return a.rank == 2 && b.rank == 2 && a.dim(0) == b.dim(0) && a.dim(1) == b.dim(1);
}

}  // namespace

void check_dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen, std::int32_t experts,
                    std::int32_t ranks) {
  for (const Tensor* tensor : {&to.rows, &to.experts, &to.places, &chosen}) dense_bytes(*tensor, "dispatch");
  check_shapes(input.rank == 2 && to.rows.rank == 2 && to.experts.rank == 1 &&
                   same_matrix(to.places, chosen) && chosen.dim(0) == input.dim(0) &&
                   to.experts.dim(0) == to.rows.dim(0) && to.rows.dim(0) % ranks == 0 &&
                   to.rows.dim(1) == input.dim(1),
               "dispatch",
               {{"rows", &to.rows},
                {"experts", &to.experts},
                {"places", &to.places},
                {"input", &input},
                {"chosen", &chosen}});
  if (experts < 1 || experts % ranks != 0) fail_input("dispatch: {} experts over {} ranks", experts, ranks);
}

void check_combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
                   const Tensor& weights) {
  for (const Tensor* tensor : {&rows, &places, &chosen, &weights}) dense_bytes(*tensor, "combine");
  check_shapes(output.rank == 2 && rows.rank == 2 && same_matrix(places, chosen) &&
                   same_matrix(weights, chosen) && chosen.dim(0) == output.dim(0) &&
                   rows.dim(1) == output.dim(1),
               "combine",
               {{"output", &output},
                {"rows", &rows},
                {"places", &places},
                {"chosen", &chosen},
                {"weights", &weights}});
}

}  // namespace reckon::kernels
