// The CUDA back end's dense products by a library.
#include "kernels/cuda/backend.h"

namespace reckon::kernels::RECKON_CUDA_NS {

void CudaBackend::use_dense_library(std::unique_ptr<DenseLibrary> library) { library_ = std::move(library); }

bool CudaBackend::fits_library(const WeightView& view) const {
  if (!library_ || view.rows % 4 != 0) return false;
  if (view.type != DataType::fp8_e4m3) return true;
  // Blocks of 128 x 128 (cc 9.0 alone multiplies them), their scales in rows of a multiple of four.
  return runtime_.facts().compute_major == 9 && view.scale_block_rows == kFp8Block &&
         view.scale_block_columns == kFp8Block && view.columns % (4 * kFp8Block) == 0;
}

void CudaBackend::multiply_or_note(const LibraryProduct& product) {
  DenseLibrary* library = library_.get();
  CommandList* list = runtime_.stream().list;
  if (list == nullptr) return library->multiply(runtime_.stream(), product);
  const PlainArguments<LibraryProduct> arguments(product);
  list->add_call("a library's product", library, arguments.bytes, sizeof product,
                 [library, product](const Stream& stream) { library->multiply(stream, product); });
}

void CudaBackend::multiply_by_library(const Weight& held, const Activations& input,
                                      const RowsOf<float>& output, Global<const float> bias) {
  const WeightView& view = held.view;
  LibraryProduct product;
  product.type = view.type;
  product.rows = view.rows;
  product.columns = view.columns;
  product.tokens = library_tokens(output.rows);
  product.weight = view.data;
  product.workspace =
      scratch("library workspace").get<std::uint8_t>(static_cast<std::int64_t>(library_->workspace_bytes()));
  if (view.type == DataType::fp8_e4m3) {
    product.input = input.fp8;
    product.weight_scales = view.scales;
    // By token and block as our quantiser has them, by block and token as the library does.
    const Global<float> scales = scratch("library scales").get<float>(product.tokens * input.scales_per_row);
    StridedCopy turn;
    turn.to = pointer_cast<std::int32_t>(scales);
    turn.from = pointer_cast<const std::int32_t>(input.scales);
    turn.shape[2] = output.rows;
    turn.shape[3] = input.scales_per_row;
    turn.to_strides[2] = 1;
    turn.to_strides[3] = product.tokens;
    turn.from_strides[2] = input.scales_per_row;
    turn.from_strides[3] = 1;
    RECKON_CUDA_NS::copy(runtime_.stream(), turn);
    product.input_scales = scales;
  } else {
    product.input = pointer_cast<const std::uint8_t>(input.halves);
  }
  const bool in_place = product.tokens == output.rows && output.outer_stride == view.rows &&
                        bias == nullptr && lies_on_16(output.data);
  RowsOf<float> results = in_place ? output : scratch_rows("library output", product.tokens, view.rows);
  product.output = results.data;
  multiply_or_note(product);
  if (in_place) return;
  results.rows = output.rows;
  if (bias != nullptr) {
    const RowsOf<const float> same_for_all{bias, output.rows, view.rows, 1, 0, 0};
    return RECKON_CUDA_NS::add(runtime_.stream(), output, as_input(results), same_for_all);
  }
  StridedCopy bring;
  bring.to = pointer_cast<std::int32_t>(output.data);
  bring.from = pointer_cast<const std::int32_t>(results.data);
  bring.shape[2] = output.rows;
  bring.shape[3] = view.rows;
  bring.to_strides[2] = output.outer_stride;
  bring.from_strides[2] = view.rows;
  bring.to_strides[3] = bring.from_strides[3] = 1;
  RECKON_CUDA_NS::copy(runtime_.stream(), bring);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
