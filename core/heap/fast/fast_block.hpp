#pragma once
// A block of the fast heap, as it lies in memory. Boundary tags (Knuth, The Art of Computer
// Programming, volume 1, 2.5) with 8 bytes of overhead on a block in use:
//
//   block ->  +-------------------------+-------------------------+
//             | checksum 22 bits,       | size / 16, and 1 bit:   |  4 + 4 bytes
//             | state 4, slack 6        | the block before is used|
// payload ->  +-------------------------+-------------------------+  a multiple of 16
//             | used: what the caller asked for, then slack       |
//             | free: next and previous free block, 8 bytes each  |
//             |       ...                                         |
//             | free: size, for the block behind                  |  8 bytes
//    next ->  +---------------------------------------------------+
//
// The left half of the header belongs to whoever owns the block: the thread that allocates or frees
// it, without a lock. The right half changes under the heap's lock only, also when a neighbour
// says that it is free now. Two halves, so that neither writer undoes what the other wrote; both
// are atomic, because a walk reads them at any time. The checksum comes first: whoever writes past
// the end of the block before hits it before anything else.

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mh {

/// What a block is. A cached block lies in a thread's cache or in the heap's pool, or is a large
/// one that stays whole: not in use, but not to be coalesced. Two bits lie between any two of the
/// codes.
enum class FastState : std::uint32_t {
  none = 0b0000,
  free = 0b0011,
  used = 0b0101,
  cached = 0b0110,
  mapped = 0b1001,  ///< in use, alone in a mapping of its own
  fence = 0b1010,   ///< the end of a region
};

class FastBlock {
 public:
  static constexpr std::size_t header_bytes = 8;
  static constexpr std::size_t grain = 16;                      ///< sizes are multiples of it
  static constexpr std::size_t smallest = 32;                   ///< header, two links, footer
  static constexpr std::size_t largest = std::size_t{1} << 35;  ///< bytes, exclusive
  static constexpr std::uint32_t small_grains_end = 64;         ///< smaller blocks are small
  /// The greatest slack that the header can say. Beyond it the last 8 bytes of the block say what
  /// was requested.
  static constexpr std::size_t max_slack = 62;
  static constexpr std::uint32_t slack_elsewhere = 63;

  static FastBlock* at(const void* address) {
    return static_cast<FastBlock*>(const_cast<void*>(address));
  }
  static FastBlock* of_payload(const void* payload) {
    // In integers: whoever frees a null pointer asks for its block before he knows that it is null.
    return reinterpret_cast<FastBlock*>(reinterpret_cast<std::uintptr_t>(payload) - header_bytes);
  }

  /// The size of the block for a request, bytes.
  static constexpr std::size_t size_for(std::size_t requested) {
    const std::size_t size = (requested + header_bytes + grain - 1) & ~(grain - 1);
    return size < smallest ? smallest : size;
  }
  /// The same in grains.
  static constexpr std::uint32_t grains_for(std::size_t requested) {
    return static_cast<std::uint32_t>(size_for(requested) / grain);
  }

  [[nodiscard]] std::byte* address() { return reinterpret_cast<std::byte*>(this); }
  [[nodiscard]] const std::byte* address() const {
    return reinterpret_cast<const std::byte*>(this);
  }
  [[nodiscard]] std::byte* payload() { return address() + header_bytes; }
  [[nodiscard]] const std::byte* payload() const { return address() + header_bytes; }

  // ---- the heap's half
  [[nodiscard]] std::uint32_t grains() const {
    return shared_.load(std::memory_order_relaxed) >> 1;
  }
  [[nodiscard]] std::size_t size() const { return std::size_t{grains()} * grain; }
  [[nodiscard]] std::size_t capacity() const { return size() - header_bytes; }
  [[nodiscard]] bool previous_used() const {
    return (shared_.load(std::memory_order_relaxed) & 1) != 0;
  }
  [[nodiscard]] FastBlock* next() { return at(address() + size()); }
  [[nodiscard]] const FastBlock* next() const { return at(address() + size()); }

  void set_size(std::size_t size, bool previous_used) {
    shared_.store(static_cast<std::uint32_t>(size / grain) << 1 | std::uint32_t{previous_used},
                  std::memory_order_relaxed);
  }
  void set_previous_used(bool used) {
    const std::uint32_t value = shared_.load(std::memory_order_relaxed);
    shared_.store((value & ~1U) | std::uint32_t{used}, std::memory_order_relaxed);
  }

  /// Writes both halves.
  void make(std::uint32_t grains, bool previous_used, FastState state) {
    shared_.store(grains << 1 | std::uint32_t{previous_used}, std::memory_order_relaxed);
    become(hash(this, grains), state, 0);
  }

  // ---- the owner's half
  /// The state that the owner's half of a header says.
  static constexpr FastState state_in(std::uint32_t own) {
    return static_cast<FastState>(own >> state_at & 15);
  }
  [[nodiscard]] FastState state() const { return state_in(own_.load(std::memory_order_relaxed)); }
  [[nodiscard]] std::uint32_t slack_code() const {
    return own_.load(std::memory_order_relaxed) >> slack_at;
  }
  /// Whether we wrote this header, at this place, for a block of this size.
  [[nodiscard]] bool sealed() const { return sealed(hash(this, grains())); }
  [[nodiscard]] bool sealed(std::uint32_t hash) const {
    const std::uint32_t own = own_.load(std::memory_order_relaxed);
    return (own & hash_mask) == hash && std::popcount(own >> state_at & 15) % 2 == 0;
  }
  /// Whether it is sealed and says exactly this.
  [[nodiscard]] bool is(std::uint32_t hash, FastState state) const {
    return own_.load(std::memory_order_relaxed) == seal_of(hash, state, 0);
  }
  [[nodiscard]] bool is(FastState state) const { return is(hash(this, grains()), state); }
  /// Whether it is sealed and in use, with whatever slack.
  [[nodiscard]] bool is_used(std::uint32_t hash) const {
    const std::uint32_t own = own_.load(std::memory_order_relaxed);
    return ((own ^ hash) & ((1U << slack_at) - 1)) == seal_of(0, FastState::used, 0);
  }
  void become(FastState state) { become(hash(this, grains()), state, 0); }
  void become(std::uint32_t hash, FastState state, std::uint32_t slack) {
    own_.store(seal_of(hash, state, slack), std::memory_order_release);
  }

  /// Turns a cached block into one in use with this slack, at most max_slack. A header whose
  /// checksum was damaged stays damaged.
  /// over: how much the block is larger than what was asked for, with the header.
  void use_cached(std::uint32_t over) {
    const std::uint32_t changed = seal_of(0, FastState::cached, 0) ^ seal_of(0, FastState::used, 0);
    // One addition takes the header off and sets the bits that change.
    constexpr std::uint32_t header = static_cast<std::uint32_t>(header_bytes) << slack_at;
    own_.store(own_.load(std::memory_order_relaxed) ^ ((over << slack_at) + (changed - header)),
               std::memory_order_relaxed);
  }

  /// In use, with requested bytes, at most capacity().
  void use(std::size_t requested) {
    const std::size_t slack = capacity() - requested;
    if (slack > max_slack) std::memcpy(spare_word(), &requested, sizeof requested);
    become(hash(this, grains()), FastState::used,
           slack > max_slack ? slack_elsewhere : static_cast<std::uint32_t>(slack));
  }
  /// What the caller of a block in use asked for; never more than usable(). Its thread may give
  /// the block back, and use it anew, at the same time.
  [[nodiscard]] std::size_t requested() const {
    for (;;) {
      const std::uint32_t own = own_.load(std::memory_order_acquire);
      if (own >> slack_at != slack_elsewhere) return capacity() - (own >> slack_at);
      const std::size_t said = said_elsewhere();
      if (own_.load(std::memory_order_relaxed) != own) continue;
      const std::size_t most = capacity() - sizeof said;
      return said <= most ? said : most;  // the caller may have written over it
    }
  }
  /// Bytes that the caller of a block in use may write.
  [[nodiscard]] std::size_t usable() const {
    return capacity() - (slack_code() == slack_elsewhere ? sizeof(std::size_t) : 0);
  }

  // ---- a free block
  [[nodiscard]] FastBlock* next_free() const { return links()[0]; }
  [[nodiscard]] FastBlock* previous_free() const { return links()[1]; }
  void set_next_free(FastBlock* block) { links()[0] = block; }
  void set_previous_free(FastBlock* block) { links()[1] = block; }
  void write_footer() {
    const std::size_t bytes = size();
    std::memcpy(spare_word(), &bytes, sizeof bytes);
  }
  /// The size that a free block before this one says it has.
  [[nodiscard]] std::size_t previous_size() const {
    std::size_t bytes = 0;
    std::memcpy(&bytes, address() - sizeof bytes, sizeof bytes);
    return bytes;
  }

  /// Bound to address and size. Not the same for small blocks as for others: who expects a small
  /// one need not compare sizes.
  static std::uint32_t hash(const void* address, std::uint32_t grains) {
    return small_hash(address, grains) ^ std::uint32_t{grains >= small_grains_end};
  }
  /// A multiplicative hash. The multiplier is digits of pi, made odd.
  static std::uint32_t small_hash(const void* address, std::uint32_t grains) {
    const std::uint64_t both =
        reinterpret_cast<std::uintptr_t>(address) ^ static_cast<std::uint64_t>(grains) << 33;
    return static_cast<std::uint32_t>(both * 0x243f'6a88'85a3'08d3U >> (64 - state_at));
  }

 private:
  static constexpr unsigned state_at = 22;  // the hash fills the bits below
  static constexpr unsigned slack_at = 26;
  static constexpr std::uint32_t hash_mask = (1U << state_at) - 1;

  static constexpr std::uint32_t seal_of(std::uint32_t hash, FastState state, std::uint32_t slack) {
    return hash | static_cast<std::uint32_t>(state) << state_at | slack << slack_at;
  }

  /// Without a lock: requested() looks afterwards whether it meant something.
  [[nodiscard]] __attribute__((no_sanitize("thread"))) std::size_t said_elsewhere() const {
    return __atomic_load_n(reinterpret_cast<const std::size_t*>(spare_word()), __ATOMIC_ACQUIRE);
  }
  [[nodiscard]] FastBlock** links() const {
    return reinterpret_cast<FastBlock**>(const_cast<FastBlock*>(this)->payload());
  }
  [[nodiscard]] std::byte* spare_word() const {
    return const_cast<FastBlock*>(this)->address() + size() - sizeof(std::size_t);
  }

  std::atomic<std::uint32_t> own_;
  std::atomic<std::uint32_t> shared_;
};
static_assert(sizeof(FastBlock) == FastBlock::header_bytes);

}  // namespace mh
