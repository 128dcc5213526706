#include "core/events/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "core/events/clock.hpp"

namespace mh {
namespace {

// A file that shrinks takes pages away under whoever has mapped it: SIGBUS.
constexpr int size_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

Segment Segment::create(int file, const Options& options) noexcept {
  return map_new(options, file);
}

Segment Segment::map_new(const Options& options, int file) noexcept {
  Segment segment;
  segment.slot_count_ = std::clamp(options.slot_count, 1U, max_slot_count);
  segment.ring_records_ =
      std::bit_ceil(std::clamp(options.ring_records, min_ring_records, max_ring_records));
  const std::size_t bytes = bytes_for(segment.slot_count_, segment.ring_records_);
  const bool shared = file >= 0;
  if (shared && (ftruncate(file, static_cast<off_t>(bytes)) != 0 ||
                 fcntl(file, F_ADD_SEALS, size_seals) != 0)) {
    return {};
  }
  const int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, file, 0);
  if (memory == MAP_FAILED) return {};
  segment.base_ = static_cast<std::byte*>(memory);
  segment.bytes_ = bytes;
  segment.write_header(options.patience_us);
  return segment;
}

void Segment::write_header(std::uint32_t patience_us) {
  auto* header = new (base_) SegmentHeader{};
  for (std::uint32_t i = 0; i < slot_count_; ++i) new (&slot(i)) ThreadSlot{};
  const ClockPair now = clock_pair();
  header->version = segment_version;
  header->header_bytes = sizeof(SegmentHeader);
  header->slot_bytes = sizeof(ThreadSlot);
  header->slot_count = slot_count_;
  header->ring_records = ring_records_;
  header->process_id = static_cast<std::uint32_t>(getpid());
  header->clock_ticks = now.ticks;
  header->clock_ns = now.ns;
  header->patience_us.store(patience_us, std::memory_order_relaxed);
  header->magic = segment_magic;
}

Segment Segment::open(int file) noexcept {
  const int seals = fcntl(file, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return {};
  struct stat info {};
  if (fstat(file, &info) != 0 || info.st_size < static_cast<off_t>(sizeof(SegmentHeader)))
    return {};
  Segment segment;
  segment.bytes_ = static_cast<std::size_t>(info.st_size);
  void* memory = mmap(nullptr, segment.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return {};
  segment.base_ = static_cast<std::byte*>(memory);

  // The fields are copied once and judged in the copy: the other process can change them meanwhile.
  struct {
    std::uint64_t magic;
    std::uint32_t version, header_bytes, slot_bytes, slot_count, ring_records;
  } said{};
  static_assert(offsetof(SegmentHeader, ring_records) == 24 && sizeof(said) == 32);
  std::memcpy(&said, memory, 28);
  const bool plausible =
      said.magic == segment_magic && said.version == segment_version &&
      said.header_bytes == sizeof(SegmentHeader) && said.slot_bytes == sizeof(ThreadSlot) &&
      said.slot_count >= 1 && said.slot_count <= max_slot_count &&
      std::has_single_bit(said.ring_records) && said.ring_records >= min_ring_records &&
      said.ring_records <= max_ring_records &&
      bytes_for(said.slot_count, said.ring_records) <= segment.bytes_;
  if (!plausible) return {};
  segment.slot_count_ = said.slot_count;
  segment.ring_records_ = said.ring_records;
  return segment;
}

Segment::Segment(Segment&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      slot_count_(std::exchange(other.slot_count_, 0)),
      ring_records_(std::exchange(other.ring_records_, 0)) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  std::swap(slot_count_, other.slot_count_);
  std::swap(ring_records_, other.ring_records_);
  return *this;
}

Segment::~Segment() {
  if (base_ != nullptr) munmap(base_, bytes_);
}

}  // namespace mh
