#pragma once
// How many free blocks there are of which size, so that the largest is known at once.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace mh {

/// Counts sizes in classes: one for each multiple of 16 below 4 KiB, above that 64 to a power of
/// two, as TLSF does (Masmano et al., 2004). Adding, removing and asking take a few instructions.
class FreeSizes {
 public:
  void add(std::uint64_t bytes) {
    const std::size_t index = class_of(bytes);
    if (counts_[index]++ == 0) {
      words_[index / word_bits] |= bit(index);
      filled_ |= std::uint64_t{1} << (index / word_bits);
    }
  }
  void remove(std::uint64_t bytes) {
    const std::size_t index = class_of(bytes);
    if (--counts_[index] != 0) return;
    words_[index / word_bits] &= ~bit(index);
    if (words_[index / word_bits] == 0) filled_ &= ~(std::uint64_t{1} << (index / word_bits));
  }
  /// The largest size, rounded down to its class: below 4 KiB exact to 16 bytes, above to 1/64. 0:
  /// there is none.
  [[nodiscard]] std::uint64_t largest() const {
    if (filled_ == 0) return 0;
    const auto word = static_cast<std::size_t>(std::bit_width(filled_)) - 1;
    return least_of(word * word_bits + static_cast<std::size_t>(std::bit_width(words_[word])) - 1);
  }

 private:
  static constexpr std::size_t word_bits = 64;
  static constexpr std::size_t unit = 16;            // bytes
  static constexpr std::size_t small_classes = 256;  // each of one unit
  static constexpr unsigned first_octave = 12;       // 4 KiB
  static constexpr unsigned octaves = 28;            // up to 1 TiB
  static constexpr unsigned octave_bits = 6;         // 64 classes each
  static constexpr std::size_t classes = small_classes + (octaves << octave_bits);
  static_assert(classes / word_bits <= word_bits);

  static constexpr std::uint64_t bit(std::size_t index) {
    return std::uint64_t{1} << (index % word_bits);
  }
  static constexpr std::size_t class_of(std::uint64_t bytes) {
    if (bytes < small_classes * unit) return bytes / unit;
    const auto octave = static_cast<unsigned>(std::bit_width(bytes)) - 1;
    if (octave >= first_octave + octaves) return classes - 1;
    const std::uint64_t within = (bytes >> (octave - octave_bits)) - (1U << octave_bits);
    return small_classes + ((octave - first_octave) << octave_bits) + within;
  }
  static constexpr std::uint64_t least_of(std::size_t index) {
    if (index < small_classes) return index * unit;
    const std::size_t above = index - small_classes;
    const unsigned octave = first_octave + static_cast<unsigned>(above >> octave_bits);
    const std::uint64_t within = above & ((1U << octave_bits) - 1);
    return ((std::uint64_t{1} << octave_bits) + within) << (octave - octave_bits);
  }

  std::array<std::uint32_t, classes> counts_{};
  std::array<std::uint64_t, classes / word_bits> words_{};  // a bit for each class that has any
  std::uint64_t filled_ = 0;                                // a bit for each word that is not 0
};

}  // namespace mh
