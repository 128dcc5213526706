#pragma once
// Runs a program on the drop-in malloc and records what its heaps do.

#include <string>
#include <vector>

namespace mh {

/// microheap record -o FILE [--] PROGRAM ARGS...
struct RecordOptions {
  std::vector<std::string> command;
  std::string output;
  bool quiet = false;   ///< says nothing but what is wrong
  std::string version;  ///< of MicroHeap, for the file
};

/// Returns the program's exit status, or 128 and the signal that ended it; 2 if it was not started.
/// Tells on stderr how it goes.
int record_program(const RecordOptions& options);

}  // namespace mh
