#pragma once
// The parts that make up one path's table; each kernel source fills its own.

#include "kernels/cpu/ops/op_table.h"
#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {

extern const OpTable op_table;

// rows.cpp
void rms_norm(float* out, const float* in, const float* gain, std::int64_t n, float epsilon);
void add(float* out, const float* left, const float* right, std::int64_t n);
RowScan scan(const float* in, std::int64_t n);
float exp_sum(float* out, const float* in, std::int64_t n, float shift);
void subtract(float* out, const float* in, std::int64_t n, float shift, float second_shift);
void shift_divide(float* out, const float* in, std::int64_t n, float shift, float divisor);
void divide(float* out, const float* in, std::int64_t n, float divisor);
void sigmoid_row(float* out, const float* in, std::int64_t n);
float log_one(float x);
float read_all(const float* data, std::int64_t n);

// rope.cpp
void rope_angles(float* cosines, float* sines, const float* frequencies, std::int64_t n, float position,
                 float magnitude);
void rope_halves(float* head, const float* cosines, const float* sines, std::int64_t half);
void rope_adjacent(float* head, const float* cosines, const float* sines, std::int64_t half);

// storage.cpp
void store_elements(void* to, const float* from, std::int64_t n, Element type);
void load_elements(float* to, const void* from, std::int64_t n, Element type);
void transpose_strip(float* strip, const float* from, std::int64_t keys, std::int64_t dim,
                     std::int64_t row_stride);

// attention_scores.cpp, attention_values.cpp, attention_softmax.cpp, attention_fixed.cpp
void score_strip(float* scores, std::int64_t score_stride, const float* queries, std::int64_t query_stride,
                 std::int64_t rows, const void* keys, std::int64_t key_stride, std::int64_t dim, Element type,
                 float scale, const void* ahead);
void accumulate(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                std::int64_t rows, const void* values, std::int64_t value_stride, std::int64_t keys,
                std::int64_t width, Element type, const void* ahead);
void softmax_cut(float* scores, std::int64_t begin, std::int64_t end, float* maximum, float* sum);
float fix_row(std::int16_t* to, const float* from, std::int64_t n, float levels);
void fix_keys(std::int32_t* to, float* scales, const void* keys, std::int64_t key_stride, std::int64_t dim,
              Element type, float levels);
void fix_values(std::int32_t* to, float* scales, const void* values, std::int64_t value_stride,
                std::int64_t width, Element type, float levels);
void score_fixed(float* scores, std::int64_t score_stride, const std::int16_t* queries,
                 std::int64_t query_stride, const float* row_scales, std::int64_t rows,
                 const std::int32_t* keys, const float* key_scales, std::int64_t words);
void fix_weights(float* weights, std::int64_t begin, std::int64_t end, const float* value_scales,
                 float levels);
void accumulate_fixed(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                      std::int64_t rows, std::int64_t strip, const std::int32_t* values, std::int64_t width);
void merge_cut(float* out, float* maximum, float* sum, const float* cut_out, float cut_maximum, float cut_sum,
               std::int64_t width);

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
