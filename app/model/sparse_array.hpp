#pragma once
// 1024 slots of which only the taken ones cost memory: a bitmap says which, a dense array holds
// them.
//
//   bitmap    0 1 0 0 1 1 0 ...        slot 5 is taken, two taken slots lie below it,
//   values    [slot 1][slot 4][slot 5]  so its value is values[2]: the index is a count of bits
//   ("rank").

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mh {

/// Ones in a word. Written out because baseline x86-64 has no such instruction and std::popcount is
/// a call.
constexpr unsigned count_ones(std::uint64_t word) {
  word -= (word >> 1) & 0x5555'5555'5555'5555ULL;
  word = (word & 0x3333'3333'3333'3333ULL) + ((word >> 2) & 0x3333'3333'3333'3333ULL);
  word = (word + (word >> 4)) & 0x0f0f'0f0f'0f0f'0f0fULL;
  return static_cast<unsigned>((word * 0x0101'0101'0101'0101ULL) >> 56);
}

template <typename Value>
class SparseArray {
 public:
  static constexpr unsigned slots = 1024;  ///< also what next() and previous() return for "none"

  [[nodiscard]] bool has(unsigned slot) const {
    return ((words_[slot / 64] >> (slot % 64)) & 1) != 0;
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }  ///< in order of slots

  /// Taken slots below slot: the index of its value.
  [[nodiscard]] unsigned rank(unsigned slot) const {
    const std::uint64_t below = (std::uint64_t{1} << (slot % 64)) - 1;
    return before_[slot / 64] + count_ones(words_[slot / 64] & below);
  }
  [[nodiscard]] const Value* find(unsigned slot) const {
    return has(slot) ? &values_[rank(slot)] : nullptr;
  }
  [[nodiscard]] Value* find(unsigned slot) { return has(slot) ? &values_[rank(slot)] : nullptr; }

  /// The first taken slot at or above slot.
  [[nodiscard]] unsigned next(unsigned slot) const {
    if (slot >= slots) return slots;
    unsigned word = slot / 64;
    std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (slot % 64));
    while (bits == 0) {
      if (++word == words) return slots;
      bits = words_[word];
    }
    return word * 64 + static_cast<unsigned>(std::countr_zero(bits));
  }
  /// The last taken slot at or below slot.
  [[nodiscard]] unsigned previous(unsigned slot) const {
    unsigned word = slot / 64;
    std::uint64_t bits = words_[word] & (~std::uint64_t{0} >> (63 - slot % 64));
    while (bits == 0) {
      if (word-- == 0) return slots;
      bits = words_[word];
    }
    return word * 64 + 63 - static_cast<unsigned>(std::countl_zero(bits));
  }

  /// Takes a slot that is not taken.
  Value& insert(unsigned slot, Value value) {
    // A quarter of slack instead of the usual doubling: there are many of these arrays.
    if (values_.size() == values_.capacity())
      values_.reserve(values_.size() + values_.size() / 4 + 2);
    const unsigned index = rank(slot);
    words_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    for (unsigned word = slot / 64 + 1; word < words; ++word) ++before_[word];
    return *values_.insert(values_.begin() + index, std::move(value));
  }
  /// Gives a taken slot back.
  void erase(unsigned slot) {
    values_.erase(values_.begin() + rank(slot));
    words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    for (unsigned word = slot / 64 + 1; word < words; ++word) --before_[word];
  }
  /// Gives back every slot at or above slot.
  void truncate(unsigned slot) {
    if (slot >= slots) return;
    const unsigned kept = rank(slot);
    values_.erase(values_.begin() + kept, values_.end());
    words_[slot / 64] &= (std::uint64_t{1} << (slot % 64)) - 1;
    for (unsigned word = slot / 64 + 1; word < words; ++word) {
      words_[word] = 0;
      before_[word] = static_cast<std::uint16_t>(kept);
    }
  }

  /// Asks the processor for what find(slot) is going to read first, and then for the value itself.
  void prefetch_bits(unsigned slot) const { __builtin_prefetch(&words_[slot / 64], 1); }
  void prefetch_value(unsigned slot) const { __builtin_prefetch(values_.data() + rank(slot), 1); }

  /// Bytes on the heap beside the object itself.
  [[nodiscard]] std::size_t memory_bytes() const { return values_.capacity() * sizeof(Value); }

 private:
  static constexpr unsigned words = slots / 64;

  std::vector<Value> values_;
  std::array<std::uint16_t, words> before_{};  ///< taken slots in the words before
  std::array<std::uint64_t, words> words_{};
};

}  // namespace mh
