#pragma once
// The lab: worker threads and a hand on the real heap.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/model/player.hpp"
#include "app/model/source.hpp"
#include "core/heap/classic_heap.hpp"

namespace mh {

/// What worker threads do.
enum class Pattern { churn, stack, queue, producer_consumer, sawtooth, fragment };
enum class SizeKind { fixed, uniform, exponential, mixed };

/// A distribution of requested sizes, bytes.
struct SizeDistribution {
  SizeKind kind = SizeKind::exponential;
  std::uint64_t mean = 96;  ///< fixed: the size; uniform: 1 to 2 mean; mixed: mostly small, some 16 times larger
  /// One size, at least 1, from a generator that returns uniform 64-bit numbers.
  template <typename Random>
  std::uint64_t draw(Random& random) const;
};

struct Workload {
  Pattern pattern = Pattern::churn;
  unsigned threads = 4;               ///< 1 to 64
  SizeDistribution sizes;
  double rate = 1000;                 ///< operations per second of all threads together; infinity: unlimited
  std::uint64_t live_blocks = 1200;   ///< all threads together aim at
  std::uint64_t seed = 1;             ///< the same seed makes each thread do the same operations
  std::uint64_t operations = 0;       ///< ends after that many, all threads together; 0: does not end
};

/// "churn", "stack", ... as scripts and the command line call them; and how people read them.
const char* pattern_name(Pattern pattern);
const char* pattern_title(Pattern pattern);       ///< "Steady churn"
const char* pattern_description(Pattern pattern); ///< one sentence
std::optional<Pattern> pattern_from_name(std::string_view name);
const char* size_kind_name(SizeKind kind);
std::optional<SizeKind> size_kind_from_name(std::string_view name);

/// The lab's heap, its hand and its workers. Methods are for one thread, the window's, whose events
/// are those of the thread "you".
class Lab final : public Source, public Player::Gate {
 public:
  static constexpr unsigned max_threads = 64;
  static constexpr std::uint16_t hand_thread = 100;  ///< number of the thread "you"; workers have 1..64

  /// On this heap, which nobody else uses meanwhile.
  explicit Lab(ClassicHeap& heap);
  ~Lab() override;

  // Source
  Segment& segment() override;
  bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) override;

  // By hand. Each block allocated by hand gets the next free name (p, q, r, ..., z, a, ..., o, p1, ...)
  // or the one given. Addresses are those of headers. Errors come back as a sentence.
  struct Outcome {
    std::uint64_t block = 0;  ///< header address of the block, 0 if it failed or was freed
    std::string error;        ///< empty: it worked
    std::string text;         ///< what was done, e.g. "p = malloc(100)"
  };
  Outcome hand_malloc(std::uint64_t size, std::string_view name = {});
  Outcome hand_calloc(std::uint64_t count, std::uint64_t size, std::string_view name = {});
  Outcome hand_realloc(std::uint64_t block, std::uint64_t size);
  Outcome hand_free(std::uint64_t block);
  /// Takes the last operation by hand back: frees what it allocated, allocates again what it freed
  /// (perhaps elsewhere), gives the old size back.
  Outcome undo();
  [[nodiscard]] bool can_undo() const;

  // Workers.
  void start(const Workload& workload);  ///< stops a running one first; throws std::invalid_argument
  void pause_workload(bool paused);
  void stop();                            ///< joins the workers; their blocks stay
  [[nodiscard]] bool running() const;
  [[nodiscard]] bool workload_paused() const;
  [[nodiscard]] std::uint64_t operations_done() const;
  void set_rate(double operations_per_second);  ///< of the running workload
  void set_live_blocks(std::uint64_t blocks);
  /// Stops the workers and empties the heap: the break goes back to where it began.
  void reset();

  // Player::Gate: holds workers, not the hand.
  void set_open(bool open) override;
  void let_through(unsigned calls) override;
  void set_limit(double calls_per_second) override;

  [[nodiscard]] mh_stats stats() const;
  /// Gives a fresh walk if the reader asked for one. Call it now and then (every frame).
  void tick();
};

}  // namespace mh
