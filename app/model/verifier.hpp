#pragma once
// Compares the picture with the real heap, region by region, at exact moments.
//
// A walk of a region is stamped with the clock under the heap's lock. The picture is compared with
// it when every event up to that moment has been applied and none later, so that the heap may go
// on.

#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/model/source.hpp"
#include "app/model/verdict.hpp"
#include "core/events/clock.hpp"

namespace mh {

/// Blocks of the real heap that start in [from, to), as they were at one moment.
struct HeapRegion {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool reaches_break = false;    ///< no block lies beyond
  std::vector<mh_block> blocks;  ///< in order of address
  Source::WalkEnd walk{};
};

/// Walks the blocks that start at or above from, at most max_blocks. False if the heap's lock was
/// not to be had.
bool walk_region(Source& source, std::uint64_t timeout_ns, std::uint64_t from,
                 std::size_t max_blocks, HeapRegion& region);

/// The first difference between the region and the picture of the same moment, in words; empty if
/// none.
std::string first_difference(const HeapRegion& region, const HeapPicture& picture);

class Verifier {
 public:
  Verifier(Source& source, std::size_t region_blocks, double interval_seconds);

  /// Whether it is time for the next region: now is monotonic_ns(), log_end the number of events so
  /// far.
  [[nodiscard]] bool due(std::uint64_t now, std::uint64_t log_end) const;
  /// Walks the next region, or the whole heap. False if the heap was busy: try again.
  bool walk_next(std::uint64_t now, std::uint64_t log_end, bool whole_heap);
  /// A region was walked and waits for the picture to come to its moment.
  [[nodiscard]] bool waiting() const { return waiting_; }
  [[nodiscard]] std::uint64_t moment() const { return region_.walk.clock; }  ///< clock ticks
  /// Compares. The picture is at the moment, log_end events old.
  void compare(const HeapPicture& picture, std::uint64_t log_end);

  [[nodiscard]] const Verdict& verdict() const { return verdict_; }
  /// Nothing is known any more: the verdict is unchecked until a full round has passed.
  void start_over();
  /// Look again soon, though no event came.
  void distrust() { settled_ = false; }

 private:
  void begin_round();
  void end_round(std::uint64_t now, std::uint64_t log_end);

  Source& source_;
  std::size_t region_blocks_;
  std::uint64_t interval_ns_;
  Verdict verdict_;

  HeapRegion region_;
  bool waiting_ = false;
  std::uint64_t last_walk_ = 0;  ///< monotonic_ns()

  std::uint64_t resume_ = 0;       ///< address at which the round goes on; 0: a round begins
  std::uint64_t round_start_ = 0;  ///< monotonic_ns()
  std::uint64_t round_blocks_ = 0;
  std::uint64_t round_log_end_ = 0;    ///< when the round began
  bool settled_ = false;               ///< nothing happened since the verdict was reached ...
  std::uint64_t settled_log_end_ = 0;  ///< ... as long as the log ends here
};

// ---- definitions

namespace verification {

inline constexpr std::uint64_t lock_timeout_ns = 20'000'000;
inline constexpr std::uint64_t all_addresses = std::numeric_limits<std::uint64_t>::max();

// While nothing happens only a stray write could make a difference: look for it now and then, if it
// is cheap.
inline constexpr std::uint64_t idle_interval_ns = 2'000'000'000;
inline constexpr std::uint64_t idle_max_blocks = 100'000;

struct RegionVisit {
  HeapRegion* region;
  std::size_t max_blocks;
};

inline int collect(const mh_block* block, void* context) {
  auto& visit = *static_cast<RegionVisit*>(context);
  HeapRegion& region = *visit.region;
  const auto address = reinterpret_cast<std::uintptr_t>(block->address);
  if (address < region.from) return 1;
  if (region.blocks.size() == visit.max_blocks) {
    region.to = address;
    region.reaches_break = false;
    return 0;
  }
  region.blocks.push_back(*block);
  return 1;
}

inline std::string hex(std::uint64_t address) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

inline PictureBlock as_picture_block(const mh_block& block) {
  PictureBlock converted;
  converted.address = reinterpret_cast<std::uintptr_t>(block.address);
  converted.size = block.size;
  converted.requested = block.requested;
  converted.header = static_cast<std::uint32_t>(block.header);
  converted.thread = block.thread;
  converted.used = block.used != 0;
  converted.front = static_cast<std::uint16_t>(block.front);
  converted.guard = static_cast<std::uint8_t>(block.guard);
  converted.foreign = block.foreign != 0;
  converted.guarded = block.guarded != 0;
  converted.set_aside = block.set_aside != 0;
  converted.pool = block.pool != 0;
  converted.cached = block.cached != 0;
  converted.mapped = block.mapped != 0;
  return converted;
}

/// The heap does not know since when; and the thread of a free block is history, which the heap and
/// the picture may remember differently.
inline bool same(const PictureBlock& a, const PictureBlock& b) {
  PictureBlock alike = b;
  alike.since = a.since;
  if (!a.used || a.thread == 0) alike.thread = a.thread;  // 0: the engine keeps no owners
  return a == alike;
}

/// What one side says of a block, as far as it can differ from the other side.
inline std::string describe(const PictureBlock& block, const PictureBlock& other) {
  std::string text = block.foreign     ? "foreign"
                     : block.set_aside ? "set aside"
                     : block.pool      ? "used by a pool"
                     : block.used      ? "used"
                     : block.cached    ? "cached"
                                       : "free";
  if (block.mapped) text += ", mapped";
  if (block.used) text += ", " + std::to_string(block.requested) + " B";
  if (block.size != other.size) text += ", block of " + std::to_string(block.size) + " B";
  if (block.header != other.header) text += ", header of " + std::to_string(block.header) + " B";
  if (block.front != other.front) text += ", front of " + std::to_string(block.front) + " B";
  if (block.guarded != other.guarded || block.guard != other.guard)
    text += block.guarded ? ", guard of " + std::to_string(block.guard) + " B" : ", no guard";
  if (block.used && other.used && block.thread != other.thread) {
    text += ", thread " + std::to_string(block.thread);
  }
  return text;
}

inline std::string difference_of(const PictureBlock& heap, const PictureBlock& picture) {
  return "block " + hex(heap.address) + ": heap says " + describe(heap, picture) +
         "; picture says " + describe(picture, heap);
}

inline std::string only_in(const char* where, const char* elsewhere, const PictureBlock& block) {
  return "block " + hex(block.address) + ": " + where + " says " + describe(block, block) + "; " +
         elsewhere + " has no block there";
}

inline std::string damage_of(const Source::WalkEnd& walk) {
  const char* what = walk.error == MH_HEADER_DAMAGED ? "header overwritten" : "the list breaks off";
  return "heap damaged at " + hex(walk.where) + " (" + what + ")";
}

inline std::string difference_of_ends(const HeapRegion& region, const HeapPicture& picture) {
  const Source::WalkEnd& heap = region.walk;
  // An empty heap begins wherever the break will be when it gets its first block.
  const bool both_empty = heap.start == heap.end && picture.start() == picture.program_break();
  if (both_empty) return {};
  if (region.from == 0 && heap.start != picture.start()) {
    return "start: heap begins at " + hex(heap.start) + "; picture at " + hex(picture.start());
  }
  if (region.reaches_break && heap.end != picture.program_break()) {
    return "break: heap ends at " + hex(heap.end) + "; picture at " + hex(picture.program_break());
  }
  return {};
}

}  // namespace verification

inline bool walk_region(Source& source, std::uint64_t timeout_ns, std::uint64_t from,
                        std::size_t max_blocks, HeapRegion& region) {
  region.from = from;
  region.to = verification::all_addresses;
  region.reaches_break = true;
  region.blocks.clear();
  verification::RegionVisit visit{&region, max_blocks};
  if (!source.walk(timeout_ns, verification::collect, &visit, region.walk)) return false;
  if (region.walk.error != MH_OK) {
    // Nobody knows what lies behind the damage.
    const auto end_of = [](const mh_block& block) {
      return reinterpret_cast<std::uintptr_t>(block.address) + block.size;
    };
    region.reaches_break = false;
    region.to = region.blocks.empty() ? from : end_of(region.blocks.back());
  }
  return true;
}

inline std::string first_difference(const HeapRegion& region, const HeapPicture& picture) {
  std::string difference;
  auto expected = region.blocks.begin();
  const auto compare = [&](const PictureBlock& seen) {
    if (seen.address < region.from)
      return true;  // reaches in from before: belongs to the region before
    if (expected == region.blocks.end()) {
      difference = verification::only_in("picture", "heap", seen);
      return false;
    }
    const PictureBlock real = verification::as_picture_block(*expected);
    if (real.address < seen.address) {
      difference = verification::only_in("heap", "picture", real);
    } else if (seen.address < real.address) {
      difference = verification::only_in("picture", "heap", seen);
    } else if (!verification::same(real, seen)) {
      difference = verification::difference_of(real, seen);
    }
    ++expected;
    return difference.empty();
  };
  picture.for_each(region.from, region.to, compare);
  if (!difference.empty()) return difference;
  if (expected != region.blocks.end())
    return verification::only_in("heap", "picture", verification::as_picture_block(*expected));
  return verification::difference_of_ends(region, picture);
}

inline Verifier::Verifier(Source& source, std::size_t region_blocks, double interval_seconds)
    : source_(source),
      region_blocks_(region_blocks == 0 ? 1 : region_blocks),
      interval_ns_(static_cast<std::uint64_t>(interval_seconds * 1e9)) {
  region_.blocks.reserve(region_blocks_);  // not while the heap's lock is held
}

inline bool Verifier::due(std::uint64_t now, std::uint64_t log_end) const {
  if (waiting_) return false;
  const bool idle = settled_ && log_end == settled_log_end_ && resume_ == 0;
  if (!idle) return now - last_walk_ >= interval_ns_;
  return verdict_.blocks < verification::idle_max_blocks &&
         now - last_walk_ >= verification::idle_interval_ns;
}

inline bool Verifier::walk_next(std::uint64_t now, std::uint64_t log_end, bool whole_heap) {
  if (whole_heap) begin_round();
  if (resume_ == 0) {
    round_start_ = now;
    round_log_end_ = log_end;
  }
  const std::size_t limit = whole_heap ? std::numeric_limits<std::size_t>::max() : region_blocks_;
  waiting_ = walk_region(source_, verification::lock_timeout_ns, resume_, limit, region_);
  if (waiting_) last_walk_ = now;
  return waiting_;
}

inline void Verifier::compare(const HeapPicture& picture, std::uint64_t log_end) {
  waiting_ = false;
  std::string difference = first_difference(region_, picture);
  const std::uint64_t now = monotonic_ns();
  verdict_.checked_ns = now;
  round_blocks_ += region_.blocks.size();
  if (!difference.empty()) {
    verdict_.state = Verdict::State::different;
    verdict_.difference = std::move(difference);
    settled_ = true;
    settled_log_end_ = log_end;
    begin_round();
  } else if (region_.walk.error != MH_OK) {
    verdict_.state = Verdict::State::damaged;
    verdict_.difference = verification::damage_of(region_.walk);
    verdict_.damaged_at = region_.walk.where;
    verdict_.error = region_.walk.error;
    verdict_.blocks = round_blocks_;
    settled_ = true;
    settled_log_end_ = log_end;
    begin_round();
  } else if (region_.reaches_break) {
    end_round(now, log_end);
  } else {
    resume_ = region_.to;
  }
}

inline void Verifier::begin_round() {
  resume_ = 0;
  round_blocks_ = 0;
}

inline void Verifier::end_round(std::uint64_t now, std::uint64_t log_end) {
  verdict_.state = Verdict::State::equal;
  verdict_.difference.clear();
  verdict_.blocks = round_blocks_;
  verdict_.round_seconds = static_cast<double>(now - round_start_) * 1e-9;
  settled_ = log_end == round_log_end_;
  settled_log_end_ = log_end;
  begin_round();
}

inline void Verifier::start_over() {
  verdict_ = {};
  waiting_ = false;
  settled_ = false;
  last_walk_ = 0;
  begin_round();
}

}  // namespace mh
