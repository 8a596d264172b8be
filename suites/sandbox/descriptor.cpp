#include "suites/sandbox/descriptor.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

namespace reckon::suites::sandbox {

void Descriptor::reset() {
  if (number_ >= 0) {
    close(number_);
    number_ = -1;
  }
}

Pipe make_pipe(bool nonblocking_read) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    fail_evaluation("no pipe to a sandbox: {}", std::strerror(errno));
  }
  Pipe result{Descriptor(ends[0]), Descriptor(ends[1])};
  if (nonblocking_read) {
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  return result;
}

Descriptor memory_file(std::string_view content) {
  Descriptor file(memfd_create("box", MFD_CLOEXEC));
  if (!file) {
    fail_evaluation("no memory file for a sandbox: {}", std::strerror(errno));
  }
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t written = write(file.get(), content.data() + done, content.size() - done);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      fail_evaluation("{} bytes for a sandbox cannot be stored: {}", content.size(), std::strerror(errno));
    }
    done += static_cast<std::size_t>(written);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace reckon::suites::sandbox
