#pragma once
// The memory that a writing process and its reader share: a versioned header, a table of threads, a
// ring of records for each. Anonymous memory for the lab, a shared file for a watched program; one layout.
//
//   +-----------------+----------------------------+--------------------------------------+
//   | SegmentHeader   | ThreadSlot[slot_count]     | Record[slot_count][ring_records]     |
//   +-----------------+----------------------------+--------------------------------------+

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/events/event.hpp"

namespace mh {

inline constexpr std::uint64_t segment_magic = 0x3130'5041'4548'4dULL;  // "MHEAP01"
inline constexpr std::uint32_t segment_version = 1;

/// A reader must take every field for hostile: the writing process can be damaged or malicious.
struct alignas(64) SegmentHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< sizeof(SegmentHeader), so that fields can be added
  std::uint32_t slot_bytes;    ///< sizeof(ThreadSlot)
  std::uint32_t slot_count;
  std::uint32_t ring_records;  ///< per ring; a power of two
  std::uint32_t process_id;
  std::uint64_t clock_ticks;   ///< a reading of clock_now() ...
  std::uint64_t clock_ns;      ///< ... and of monotonic_ns() at the same moment
  alignas(64) std::atomic<std::uint32_t> reader_attached;   ///< 0: events are not wanted
  std::atomic<std::uint32_t> patience_us;                   ///< how long a writer waits for room
  std::atomic<std::uint32_t> walk_requested;                ///< the reader counts this up ...
  std::atomic<std::uint32_t> walk_done;                     ///< ... the writer answers with a fresh walk
};

enum class SlotState : std::uint32_t { unused = 0, active = 1, ended = 2 };

/// One writing thread. The first cache line is the writer's, the second the reader's.
struct alignas(64) ThreadSlot {
  std::atomic<std::uint32_t> state;      ///< SlotState
  std::uint32_t thread;                  ///< number of the thread, 1..65535
  std::uint32_t os_thread;               ///< gettid()
  std::uint32_t reserved;
  std::uint64_t os_start_time;           ///< field 22 of /proc/PID/task/TID/stat: tells reused ids apart
  char name[24];                         ///< zero-terminated
  std::atomic<std::uint64_t> in_flight;  ///< odd while the thread may be about to publish
  alignas(64) std::atomic<std::uint64_t> head;  ///< records published, ever
  std::atomic<std::uint64_t> lost;              ///< records dropped, ever
  alignas(64) std::atomic<std::uint64_t> tail;  ///< records the reader has taken, ever
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// A segment in this process's memory. Movable, not copyable.
class Segment {
 public:
  struct Options {
    std::uint32_t slot_count = 128;
    std::uint32_t ring_records = 1U << 15;  ///< rounded up to a power of two
    std::uint32_t patience_us = 200'000;
  };
  Segment() = default;
  /// Maps anonymous memory, touched only where threads write. Throws std::bad_alloc.
  static Segment anonymous(const Options& options);
  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();

  [[nodiscard]] bool valid() const { return base_ != nullptr; }
  [[nodiscard]] SegmentHeader& header() const;
  [[nodiscard]] ThreadSlot& slot(std::uint32_t index) const;
  [[nodiscard]] Record* ring(std::uint32_t index) const;

 private:
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace mh
