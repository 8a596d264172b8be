#pragma once
// Libraries that may not be there: opened when they are needed, never linked.

#include <dlfcn.h>

#include <string>
#include <utility>

namespace reckon {

class SharedLibrary {
 public:
  /// `name`: as dlopen() takes it. A library that is not there finds nothing.
  explicit SharedLibrary(const std::string& name) : handle_(dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL)) {}
  ~SharedLibrary() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  SharedLibrary(SharedLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;

  /// Where it is not, dlerror() says why, until the next call of its kind.
  bool is_open() const { return handle_ != nullptr; }

  /// Sets `function` to the symbol's address; false where the library has none.
  template <typename Function>
  bool find(Function*& function, const char* symbol) const {
    function = handle_ == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(handle_, symbol));
    return function != nullptr;
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace reckon
