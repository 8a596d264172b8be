#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include <openssl/evp.h>

#include "base/error.h"

namespace reckon {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

int open_for_reading(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_input("{}: cannot be opened: {}", path, std::strerror(errno));
  return descriptor;
}

std::size_t regular_size(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail_input("{}: cannot be read: {}", path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail_input("{}: is a folder, expected a file", path);
  return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
}

void write_all(int descriptor, std::string_view content, const std::string& path) {
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t written = ::write(descriptor, content.data() + done, content.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_evaluation("{}: cannot be written: {}", path, std::strerror(errno));
    done += static_cast<std::size_t>(written);
  }
}

struct DigestDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      fail_evaluation("SHA-256 is not available in this OpenSSL");
    }
  }
  void update(const void* data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
  std::array<unsigned char, 32> finish() {
    std::array<unsigned char, 32> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, DigestDeleter> context_;
};

std::string hex(const std::array<unsigned char, 32>& digest) {
  std::string text;
  text.reserve(64);
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::string read_file(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(open_for_reading(path));
  const std::size_t size = regular_size(file.get(), path);
  if (size > max_bytes) fail_input("{}: {} bytes, more than the {} allowed here", path, size, max_bytes);
  std::string content;
  content.reserve(size + 1);
  std::array<char, 1 << 16> chunk;
  while (true) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_input("{}: cannot be read: {}", path, std::strerror(errno));
    if (got == 0) break;
    content.append(chunk.data(), static_cast<std::size_t>(got));
    if (content.size() > max_bytes) fail_input("{}: more than the {} bytes allowed here", path, max_bytes);
  }
  return content;
}

void write_file_atomically(const std::string& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  try {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) fail_evaluation("{}: cannot be created: {}", temporary, std::strerror(errno));
    write_all(file.get(), content, temporary);
    if (::fsync(file.get()) != 0)
      fail_evaluation("{}: cannot be flushed: {}", temporary, std::strerror(errno));
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      fail_evaluation("{}: cannot be replaced: {}", path, std::strerror(errno));
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const Descriptor file(open_for_reading(path));
  size_ = regular_size(file.get(), path);
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) fail_evaluation("{}: cannot be mapped: {}", path, std::strerror(errno));
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  asked_begin_ = 0;
  asked_end_ = 0;
  return *this;
}

void MappedFile::release(std::size_t offset, std::size_t length) const {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t begin = (offset + page - 1) / page * page;
  const std::size_t end = std::min(offset + length, size_) / page * page;
  if (data_ == nullptr || begin >= end) return;
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

std::size_t MappedFile::read_ahead(std::size_t offset, std::size_t length) const {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t begin = offset / page * page;
  const std::size_t end = std::min(size_, offset + std::min(length, size_));
  if (data_ == nullptr || begin >= end) return 0;
  const std::size_t asked_end = asked_end_;
  if (begin >= asked_begin_ && begin <= asked_end)
    begin = asked_end;
  else
    asked_begin_ = begin;
  if (begin >= end) return 0;
  asked_end_ = (end + page - 1) / page * page;
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_WILLNEED);
  return end - begin;
}

LineAppender::LineAppender(const std::string& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail_evaluation("{}: cannot be opened for appending: {}", path, std::strerror(errno));
  size_ = regular_size(descriptor_, path);
  std::uint64_t keep = size_;
  char last = '\n';
  while (keep > 0) {
    if (::pread(descriptor_, &last, 1, static_cast<off_t>(keep - 1)) != 1 || last == '\n') break;
    --keep;
  }
  if (keep != size_) {
    if (::ftruncate(descriptor_, static_cast<off_t>(keep)) != 0) {
      fail_evaluation("{}: the torn last line cannot be cut off: {}", path, std::strerror(errno));
    }
    size_ = keep;
  }
}

LineAppender::~LineAppender() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LineAppender::append(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  try {
    write_all(descriptor_, whole, path_);
  } catch (...) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
      // The torn tail stays; it is recognised and cut off when the file is next opened.
    }
    throw;
  }
  size_ += whole.size();
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hex(hash.finish());
}

std::string sha256_file(const std::string& path) {
  const MappedFile file(path);
  Sha256 hash;
  constexpr std::size_t kStep = std::size_t{16} << 20;
  for (std::size_t offset = 0; offset < file.bytes().size(); offset += kStep) {
    const std::size_t length = std::min(kStep, file.bytes().size() - offset);
    hash.update(file.bytes().data() + offset, length);
  }
  return hex(hash.finish());
}

std::uint64_t hash64(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  const auto digest = hash.finish();
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = (value << 8) | digest[static_cast<std::size_t>(i)];
  return value;
}

}  // namespace reckon
