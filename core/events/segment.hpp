#pragma once
// The memory that a writing process and its reader share: a versioned header, a table of threads, a
// ring of records for each. Anonymous memory for the lab, a shared file for a watched program; one
// layout.
//
//   +-----------------+----------------------------+--------------------------------------+
//   | SegmentHeader   | ThreadSlot[slot_count]     | Record[slot_count][ring_records]     |
//   +-----------------+----------------------------+--------------------------------------+
//                                                  ^ at a multiple of 4096

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/events/event.hpp"

namespace mh {

inline constexpr std::uint64_t segment_magic = 0x3130'5041'4548'4dULL;  // "MHEAP01"
inline constexpr std::uint32_t segment_version = 2;

/// Who writes: filled in by the process before its first event. What the reader finds there may be
/// anything.
struct ProcessInfo {
  std::uint32_t parent;      ///< process id
  std::uint32_t inherited;   ///< 1: forked, and its heap began as the parent's
  std::uint64_t start_time;  ///< field 22 of /proc/PID/stat: tells reused ids apart; 0: unknown
  std::uint32_t command_bytes;
  std::uint32_t unused;
  char program[256];   ///< the file that runs, padded with zeros
  char command[1000];  ///< its arguments, each with a zero behind it; cut off at command_bytes
};
static_assert(sizeof(ProcessInfo) == 1280);

/// A reader must take every field for hostile: the writing process can be damaged or malicious.
struct alignas(64) SegmentHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< sizeof(SegmentHeader), so that fields can be added
  std::uint32_t slot_bytes;    ///< sizeof(ThreadSlot)
  std::uint32_t slot_count;
  std::uint32_t ring_records;  ///< per ring; a power of two
  std::uint32_t process_id;
  std::uint64_t clock_ticks;  ///< a reading of clock_now() ...
  std::uint64_t clock_ns;     ///< ... and of monotonic_ns() at the same moment
  alignas(64) std::atomic<std::uint32_t> reader_attached;  ///< 0: events are not wanted
  std::atomic<std::uint32_t> patience_us;                  ///< how long a writer waits for room
  std::atomic<std::uint32_t> walk_requested;               ///< the reader counts this up ...
  std::atomic<std::uint32_t> walk_done;       ///< ... the writer answers with a fresh walk
  std::atomic<std::uint32_t> slots_recycled;  ///< slots the reader made unused again, ever
  std::uint32_t reader_process;               ///< process id of the reader; 0: it is this process
  std::uint64_t reader_start_time;            ///< as in ProcessInfo
  std::atomic<std::uint64_t> pulse_ns;  ///< monotonic_ns() when the reader last showed that it is
                                        ///< alive; 0: it does not say. Nobody waits for a dead one
  alignas(
      64) std::atomic<std::uint64_t> lost_without_slot;  ///< records of threads that found no slot
  /// 1: each call of the allocator takes one of the permits first, and waits for it as long as the
  /// reader shows that it is alive.
  std::atomic<std::uint32_t> paced;
  std::atomic<std::int64_t> permits;
  alignas(64) ProcessInfo process;
};

/// unused -> claimed (a thread fills the slot in) -> active -> ended -> unused (the reader).
enum class SlotState : std::uint32_t { unused = 0, active = 1, ended = 2, claimed = 3 };

/// One writing thread. The first two cache lines are the writer's, the third the reader's.
struct alignas(64) ThreadSlot {
  std::atomic<std::uint32_t> state;      ///< SlotState
  std::atomic<std::uint32_t> thread;     ///< number of the thread, 1..65535
  std::atomic<std::uint32_t> os_thread;  ///< gettid()
  std::uint32_t dropping;  ///< the writer's own: 1 while the ring is full and waiting was in vain
  std::atomic<std::uint64_t>
      os_start_time;  ///< field 22 of /proc/TID/stat: tells reused ids apart; 0: unknown
  std::array<std::atomic<std::uint64_t>, 3> name;  ///< at most 23 characters, padded with zeros
  std::atomic<std::uint64_t> in_flight;            ///< odd while the thread may be about to publish
  std::uint64_t last_stamp;  ///< the writer's own: stamp of the newest record, 0 if none
  alignas(64) std::atomic<std::uint64_t> head;  ///< records published, ever
  std::atomic<std::uint64_t> lost;              ///< records dropped, ever
  std::uint64_t tail_seen;  ///< the writer's own copy of tail, refreshed when it runs out
  alignas(64) std::atomic<std::uint64_t> tail;  ///< records the reader has taken, ever
  std::atomic<std::uint64_t>
      tail_stamp;  ///< stamp of the newest of them, so that another reader can go on
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(SegmentHeader) == 1472 && sizeof(ThreadSlot) == 192);

/// A segment in this process's memory. Movable, not copyable.
class Segment {
 public:
  struct Options {
    std::uint32_t slot_count = 128;
    std::uint32_t ring_records =
        1U << 15;  ///< rounded up to a power of two, at least min_ring_records
    std::uint32_t patience_us = 200'000;
  };
  static constexpr std::uint32_t max_slot_count = 1U << 16;
  static constexpr std::uint32_t min_ring_records = 64;
  static constexpr std::uint32_t max_ring_records = 1U << 24;

  Segment() = default;
  /// Maps anonymous private memory, touched only where threads write. Throws std::bad_alloc.
  static Segment anonymous(const Options& options);
  /// Sizes the file, forbids that its size ever changes, and maps it shared, so that another
  /// process can open() it. The file is one of memfd_create() with MFD_ALLOW_SEALING, and stays the
  /// caller's. Not valid() if that is not possible.
  static Segment create(int file, const Options& options) noexcept;
  /// Maps a segment that another process created. Not valid() if the file does not hold one of this
  /// version, whole, or if its size can change: whoever cut it off would kill those who read it.
  /// The file stays the caller's.
  static Segment open(int file) noexcept;

  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();

  [[nodiscard]] bool valid() const { return base_ != nullptr; }
  [[nodiscard]] SegmentHeader& header() const { return *reinterpret_cast<SegmentHeader*>(base_); }
  /// index < slot_count().
  [[nodiscard]] ThreadSlot& slot(std::uint32_t index) const {
    return reinterpret_cast<ThreadSlot*>(base_ + sizeof(SegmentHeader))[index];
  }
  /// ring_records() records. index < slot_count().
  [[nodiscard]] Record* ring(std::uint32_t index) const {
    return reinterpret_cast<Record*>(base_ + rings_at(slot_count_)) +
           std::size_t{index} * ring_records_;
  }
  /// As validated when it was mapped; what the header says later does not matter.
  [[nodiscard]] std::uint32_t slot_count() const { return slot_count_; }
  [[nodiscard]] std::uint32_t ring_records() const { return ring_records_; }

 private:
  static std::size_t rings_at(std::uint32_t slot_count) {
    const std::size_t end = sizeof(SegmentHeader) + std::size_t{slot_count} * sizeof(ThreadSlot);
    return (end + 4095) & ~std::size_t{4095};
  }
  static std::size_t bytes_for(std::uint32_t slot_count, std::uint32_t ring_records) {
    return rings_at(slot_count) + std::size_t{slot_count} * ring_records * sizeof(Record);
  }
  static Segment map_new(const Options& options, int file) noexcept;
  void write_header(std::uint32_t patience_us);

  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint32_t slot_count_ = 0;
  std::uint32_t ring_records_ = 0;
};

}  // namespace mh
