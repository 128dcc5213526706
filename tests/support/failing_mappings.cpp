#include "tests/support/failing_mappings.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>

namespace mh::test {

FailingMappings failing_mappings;

}  // namespace mh::test

// The linker puts these in the place of the system's (--wrap).
extern "C" {
void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset);
void* __real_mremap(void* at, std::size_t before, std::size_t after, int flags);

void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  if (!mh::test::failing_mappings.fails()) {
    return __real_mmap(at, bytes, protection, flags, file, offset);
  }
  errno = ENOMEM;
  return MAP_FAILED;
}
void* __wrap_mremap(void* at, std::size_t before, std::size_t after, int flags) {
  if (!mh::test::failing_mappings.fails()) return __real_mremap(at, before, after, flags);
  errno = ENOMEM;
  return MAP_FAILED;
}
}
