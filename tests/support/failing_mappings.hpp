#pragma once
// Makes mmap() and mremap() fail. For tests that are linked with failing_mappings.cpp and --wrap.

namespace mh::test {

/// Which calls of mmap() and mremap() fail: the one that is so many away, or all from it on.
struct FailingMappings {
  unsigned countdown = 0;  ///< 0: none
  bool all = false;

  bool fails() {
    if (countdown == 0) return false;
    if (countdown > 1) return --countdown == 0;
    if (!all) countdown = 0;
    return true;
  }
};
extern FailingMappings failing_mappings;

}  // namespace mh::test
