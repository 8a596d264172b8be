#include <zlib.h>

#include "base/error.h"
#include "base/files.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {
namespace {

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) {  // 16: a gzip header is asked for
      fail_evaluation("not enough memory to decompress");
    }
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string read_maybe_packed(const std::string& path, std::size_t max_bytes) {
  std::string stored = read_file(path, max_bytes);
  if (is_zstd(stored)) {
    return inflate_zstd(stored, path, max_bytes);
  }
  if (stored.size() < 2 || stored[0] != '\x1F' || stored[1] != '\x8B') {
    return stored;
  }
  Inflater inflater;
  z_stream& stream = inflater.stream();
  std::string content;
  std::string buffer(std::size_t{256} << 10, '\0');
  std::size_t consumed = 0;
  int status = Z_OK;
  while (consumed < stored.size() || stream.avail_in > 0) {
    if (stream.avail_in == 0) {
      const std::size_t chunk = std::min(stored.size() - consumed, std::size_t{1} << 20);
      stream.next_in = reinterpret_cast<Bytef*>(stored.data() + consumed);
      stream.avail_in = static_cast<uInt>(chunk);
      consumed += chunk;
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) {
      fail_input("{}: damaged gzip data near byte {}: {}", path, consumed - stream.avail_in,
                 stream.msg != nullptr ? stream.msg : "no progress");
    }
    const std::size_t made = buffer.size() - stream.avail_out;
    if (made > max_bytes - content.size()) {
      fail_input("{}: more than {} bytes once decompressed", path, max_bytes);
    }
    content.append(buffer, 0, made);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0 && consumed == stored.size()) {
        break;
      }
      inflateReset(&stream);  // gzip files may be joined
    }
  }
  // What inflate still holds back comes out when the input has ended.
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_FINISH);
    const std::size_t made = buffer.size() - stream.avail_out;
    if (made > max_bytes - content.size()) {
      fail_input("{}: more than {} bytes once decompressed", path, max_bytes);
    }
    content.append(buffer, 0, made);
    if (status == Z_BUF_ERROR && made == buffer.size()) {
      status = Z_OK;
    }
  }
  if (status != Z_STREAM_END) {
    fail_input("{}: the gzip data ends in the middle; fetch the file again", path);
  }
  return content;
}

}  // namespace reckon::suites
