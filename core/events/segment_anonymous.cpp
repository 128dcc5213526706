// Apart from the rest: it throws, and the drop-in is built without exceptions.

#include <new>

#include "core/events/segment.hpp"

namespace mh {

Segment Segment::anonymous(const Options& options) {
  Segment segment = map_new(options, -1);
  if (!segment.valid()) throw std::bad_alloc();
  return segment;
}

}  // namespace mh
