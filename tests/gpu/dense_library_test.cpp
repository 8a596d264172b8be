// What cuBLASLt is asked for, by a library made for the test in its place: no device is needed.
#include "kernels/cuda/dense_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/shared_library.h"

namespace reckon::kernels::cuda {
namespace {

using testing::HasSubstr;

const std::string kWorkspace = std::to_string(std::uint64_t{32} << 20);

class CublasLtCalls : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fake_.find(log_, "fake_cublaslt_log"));
    log_();
  }
  std::string log() { return log_(); }
  /// Addresses that nobody reads.
  template <class T>
  static T* somewhere(std::uintptr_t at) {
    return reinterpret_cast<T*>(
        at);  // NOLINT(performance-no-int-to-ptr): told from others by its number alone
  }
  static LibraryProduct product(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
    LibraryProduct made;
    made.type = type;
    made.rows = rows;
    made.columns = columns;
    made.tokens = tokens;
    made.weight = somewhere<std::uint8_t>(4096);
    made.input = somewhere<std::uint8_t>(8192);
    made.output = somewhere<float>(16384);
    made.workspace = somewhere<std::uint8_t>(32768);
    return made;
  }

 private:
  SharedLibrary fake_{RECKON_FAKE_CUBLASLT};
  const char* (*log_)() = nullptr;
};

TEST_F(CublasLtCalls, OneAlgorithmThatKeepsSumsWholeServesEveryNumberOfTokens) {
  const auto library = make_dense_library(RECKON_FAKE_CUBLASLT);
  ASSERT_TRUE(library->choose(DataType::bf16, 48, 64));
  EXPECT_EQ(log(), "propose, reductions 0, workspace " + kWorkspace + "; outputs on 16; outputs on 16; ");
  ASSERT_TRUE(library->choose(DataType::bf16, 48, 64));
  EXPECT_EQ(log(), "") << "chosen once";
  for (const std::int64_t tokens : {128, 256, 8192}) {
    library->multiply({}, product(DataType::bf16, 48, 64, tokens));
    const std::string columns = std::to_string(tokens);
    EXPECT_EQ(log(), "multiply by algorithm 4: 64x48^T 64x" + columns + " -> 48x" + columns +
                         " of type 0, workspace " + kWorkspace + "; ");
  }
}

TEST_F(CublasLtCalls, Fp8HasScalesByBlockAndByToken) {
  const auto library = make_dense_library(RECKON_FAKE_CUBLASLT);
  ASSERT_TRUE(library->choose(DataType::fp8_e4m3, 256, 512));
  LibraryProduct wanted = product(DataType::fp8_e4m3, 256, 512, 128);
  wanted.weight_scales = somewhere<float>(64);
  wanted.input_scales = somewhere<float>(128);
  library->multiply({}, wanted);
  // CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F and VEC128_32F (cublasLt.h).
  EXPECT_THAT(log(), HasSubstr("scale modes 5 and 4 at 64 and 128"));
}

TEST_F(CublasLtCalls, WhereOnlyDividedSumsAreProposedNothingIsChosen) {
  const auto library = make_dense_library(RECKON_FAKE_CUBLASLT);
  EXPECT_FALSE(library->choose(DataType::f16, 8, 64));
  EXPECT_THROW(library->multiply({}, product(DataType::f16, 8, 64, 128)), Error);
  ASSERT_TRUE(library->choose(DataType::f16, 16, 64));
  EXPECT_THROW(library->multiply({}, product(DataType::f16, 16, 64, 100)), Error)
      << "tokens are not filled up";
}

TEST_F(CublasLtCalls, ALibraryThatIsNotThereIsAnErrorWithARemedy) {
  try {
    make_dense_library("libcublasLt-of-nobody.so");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("libcublasLt-of-nobody.so cannot be opened"),
                                             HasSubstr("leave dense=cublaslt out")));
  }
}

}  // namespace
}  // namespace reckon::kernels::cuda
