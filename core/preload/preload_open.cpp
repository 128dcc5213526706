// dlopen(), for one flag of it.

#include <dlfcn.h>

#include "core/preload/preload.hpp"

namespace {

void* (*next_dlopen)(const char* file, int mode) = nullptr;

[[gnu::constructor]] void find_next_dlopen() {
  next_dlopen = reinterpret_cast<decltype(next_dlopen)>(dlsym(RTLD_NEXT, "dlopen"));
}

}  // namespace

/// With RTLD_DEEPBIND a library would find glibc's malloc and free before ours, and what goes from
/// one side to the other would be freed in the wrong heap (PHP opens its modules so). This call has
/// to stay a jump, as it is when optimised: dlopen() looks at where it returns to, to know whose
/// search path counts.
MH_EXPORT void* dlopen(const char* file, int mode) noexcept {
  return next_dlopen(file, mode & ~RTLD_DEEPBIND);
}
