#pragma once
// What the environment says to the drop-in. core/README.md, "The drop-in", has the list for users.

#include <cstddef>

#include "core/events/session.hpp"

namespace mh::preload {

struct Options {
  enum class Engine { fast, classic };

  Engine engine = Engine::fast;
  bool abort_on_error = true;
  std::size_t mmap_threshold = 0;  ///< bytes; 0: not said
  std::size_t trim_threshold = 0;
  std::size_t top_pad = 0;
  int perturb = 0;         ///< as mallopt(M_PERTURB)
  SessionAddress session;  ///< of a watcher

  /// Reads the variables that begin with MICROHEAP_, and glibc's MALLOC_PERTURB_. What is wrong is
  /// said on stderr, and ignored. Neither allocates nor needs the C library to be ready. A program
  /// that has more rights than whoever started it (AT_SECURE) does not obey the environment.
  /// environment: nullptr where the C library does not know it yet; the kernel is asked then.
  static Options from_environment(char** environment);
};

/// Writes text to stderr: no buffer, no lock. Keeps errno.
void say(const char* text);

}  // namespace mh::preload
