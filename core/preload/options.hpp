#pragma once
// What the environment says to the drop-in. core/README.md, "The drop-in", has the list for users.

#include <cstddef>

namespace mh::preload {

struct Options {
  enum class Engine { fast, classic };

  Engine engine = Engine::fast;
  bool abort_on_error = true;
  std::size_t mmap_threshold = 0;  ///< bytes; 0: not said
  std::size_t trim_threshold = 0;
  std::size_t top_pad = 0;

  /// Reads the variables that begin with MICROHEAP_. What is wrong is said on stderr, and ignored.
  /// Neither allocates nor needs the C library to be ready.
  static Options from_environment();
};

/// Writes text to stderr: no buffer, no lock. Keeps errno.
void say(const char* text);

}  // namespace mh::preload
