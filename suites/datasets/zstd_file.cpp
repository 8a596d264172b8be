#include <zstd.h>

#include <memory>

#include "base/error.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {
namespace {

struct StreamDeleter {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

bool is_zstd(std::string_view stored) { return stored.starts_with("\x28\xB5\x2F\xFD"); }

std::string inflate_zstd(std::string_view stored, const std::string& path, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, StreamDeleter> context(ZSTD_createDCtx());
  if (!context) fail_evaluation("not enough memory to decompress");
  std::string content;
  std::string buffer(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer input{stored.data(), stored.size(), 0};
  std::size_t expects = 1;  // 0: a frame has ended
  while (input.pos < input.size) {
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    expects = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(expects) != 0) {
      fail_input("{}: damaged zstd data near byte {}: {}", path, input.pos, ZSTD_getErrorName(expects));
    }
    if (output.pos > max_bytes - content.size()) {
      fail_input("{}: more than {} bytes once decompressed", path, max_bytes);
    }
    content.append(buffer, 0, output.pos);
  }
  for (;;) {  // what is still held back when the input has ended
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    if (expects == 0) break;
    expects = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(expects) != 0 || output.pos == 0) break;
    if (output.pos > max_bytes - content.size()) {
      fail_input("{}: more than {} bytes once decompressed", path, max_bytes);
    }
    content.append(buffer, 0, output.pos);
  }
  if (expects != 0) fail_input("{}: the zstd data ends in the middle; fetch the file again", path);
  return content;
}

}  // namespace reckon::suites
