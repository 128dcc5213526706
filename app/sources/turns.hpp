#pragma once
// Workers that take turns, in an order drawn from a seed: they mix as threads do, and the heap
// still ends the same every time.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "app/sources/random.hpp"

namespace mh {

/// Whose turn it is. Workers have the numbers 1 to count, and each calls for itself.
class Turns {
 public:
  Turns(unsigned count, std::uint64_t seed);

  /// Until it is this worker's turn. False: stopped.
  bool wait(unsigned worker);
  /// Its turn is over; perhaps it has the next one too.
  void pass_on(unsigned worker);
  /// Its turn is over, and it wants no other.
  void leave(unsigned worker);
  void stop();  ///< wait() returns false from now on

 private:
  void draw();

  std::mutex mutex_;
  std::deque<std::condition_variable> changed_;  ///< of each worker
  std::vector<unsigned> present_;
  unsigned current_ = 1;
  Random random_;
  bool stopped_ = false;
};

}  // namespace mh
