#pragma once
// The calls made by hand since the heap was empty, to be made again: as a C program, as a script,
// as a lesson.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/include/microheap.h"

namespace mh {

/// A call that was made. Sizes in bytes.
struct HandCall {
  enum class Kind {
    malloc,
    calloc,
    aligned_alloc,
    realloc,
    free,
    make_pool,
    pool_alloc,
    pool_free,
    destroy_pool,
    policy,  ///< the switches were turned
    script   ///< a statement that only scripts know, such as "overflow p"
  };
  Kind kind;
  std::string name;         ///< of the block or the pool; of an object: empty if it has none
  std::string result{};     ///< realloc: the block's name afterwards
  std::uint64_t size = 0;   ///< requested; of a pool's objects
  std::uint64_t count = 1;  ///< calloc: elements; aligned_alloc: the alignment; of a pool: slots of
                            ///< a block
  std::uint64_t object = 0;    ///< of a pool: its address, which tells it from others
  std::string words{};         ///< policy, script: as scripts say it
  bool failed = false;         ///< it returned NULL
  bool moved = false;          ///< realloc: to another place
  std::uint64_t block = 0;     ///< size of the block, header and all; 0: not known
  bool with_the_next = false;  ///< both are one step
};

class Journal {
 public:
  static constexpr std::size_t most_calls = 2000;

  /// The heap is empty; what is called from now on is kept.
  void begin(const mh_policy& policy, bool fast_engine);
  void add(HandCall call);
  /// Something happened that cannot be repeated; why, in a sentence.
  void leave_out(std::string why);
  /// The last calls, from that one on, are one step.
  void join_from(std::size_t first);

  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  /// A call is there.
  [[nodiscard]] bool has_calls() const;
  /// What is missing in what follows, in a sentence; empty: nothing.
  [[nodiscard]] const std::string& left_out() const { return left_out_; }

  /// A C program that makes the same calls of malloc and free.
  [[nodiscard]] std::string program() const;
  /// A script that ends with the same heap.
  [[nodiscard]] std::string script() const;
  /// The same with a caption for each call, and with what must be so at its end.
  [[nodiscard]] std::string lesson(const mh_stats& end) const;

 private:
  [[nodiscard]] std::string head() const;
  [[nodiscard]] bool sizes_are_certain() const;

  std::vector<HandCall> calls_;
  mh_policy policy_{};  ///< at the beginning
  bool fast_ = false;
  std::string left_out_;
};

}  // namespace mh
