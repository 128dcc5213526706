#pragma once
// Which MicroHeap this is.

namespace mh {

/// "0.1.0", and what was built of it if that came from a git checkout: "0.1.0 (24fefb8, changed)",
/// or "0.1.0-12-g24fefb8" behind a version's tag.
const char* version();

}  // namespace mh
