#include "app/version.hpp"

#include "version_text.hpp"  // written by app/cmake/version.cmake

namespace mh {

const char* version() {
  return MICROHEAP_VERSION;
}

}  // namespace mh
