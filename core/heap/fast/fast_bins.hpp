#pragma once
// Free blocks by size: a list for each class of sizes, and a bitmap of the lists that are not
// empty, so that the next larger block is found without a search (Masmano et al., "TLSF: a new
// dynamic memory allocator for real-time systems", 2004).

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/heap/fast/fast_block.hpp"

namespace mh {

/// Not for several threads at once: the heap's lock guards it.
class FastBins {
 public:
  /// Up to here each size has a list of its own.
  static constexpr std::uint32_t exact_grains = 64;
  static constexpr unsigned steps = 16;  ///< lists between two powers of two, above
  static constexpr unsigned bin_count = exact_grains + (31 - 6) * steps;

  /// The list that a block of this size belongs into. grains >= 2.
  static constexpr unsigned bin_of(std::uint32_t grains) {
    if (grains < exact_grains) return grains;
    const auto power = static_cast<unsigned>(std::bit_width(grains)) - 1;
    return exact_grains + (power - 6) * steps + (grains >> (power - 4) & (steps - 1));
  }

  void insert(FastBlock* block) {
    const unsigned bin = bin_of(block->grains());
    FastBlock* const first = heads_[bin];
    block->set_next_free(first);
    block->set_previous_free(nullptr);
    if (first != nullptr) first->set_previous_free(block);
    heads_[bin] = block;
    words_[bin / 64] |= std::uint64_t{1} << bin % 64;
  }

  /// False, and nothing is changed, if the links are not those of a block in its list.
  bool remove(FastBlock* block) {
    const unsigned bin = bin_of(block->grains());
    FastBlock* const next = block->next_free();
    FastBlock* const previous = block->previous_free();
    if ((next != nullptr && next->previous_free() != block) ||
        (previous != nullptr ? previous->next_free() : heads_[bin]) != block) {
      return false;
    }
    if (next != nullptr) next->set_previous_free(previous);
    if (previous != nullptr) {
      previous->set_next_free(next);
    } else {
      heads_[bin] = next;
      if (next == nullptr) words_[bin / 64] &= ~(std::uint64_t{1} << bin % 64);
    }
    return true;
  }

  /// Drops the list that begins with this block, which is damaged: what it held is lost to the
  /// heap.
  void forget_list_of(const FastBlock* block) {
    for (unsigned bin = 0; bin < bin_count; ++bin) {
      if (heads_[bin] != block) continue;
      heads_[bin] = nullptr;
      words_[bin / 64] &= ~(std::uint64_t{1} << bin % 64);
    }
  }

  /// Drops the list of blocks of about this size.
  void forget_list(std::uint32_t grains) {
    const unsigned bin = bin_of(grains);
    heads_[bin] = nullptr;
    words_[bin / 64] &= ~(std::uint64_t{1} << bin % 64);
  }

  /// A block of at least this size, of the smallest class that has one; nullptr if there is none.
  /// It stays in its list.
  [[nodiscard]] FastBlock* find(std::uint32_t grains) const {
    if (grains < exact_grains) return first_from(bin_of(grains));
    FastBlock* const block = find_near(grains);
    return block != nullptr ? block : first_from(bin_of(grains) + 1);
  }
  /// The same, of the class of this size alone. Blocks in it may be too small: looks at a few.
  [[nodiscard]] FastBlock* find_near(std::uint32_t grains) const {
    FastBlock* block = heads_[bin_of(grains)];
    for (unsigned i = 0; i < looks && block != nullptr; ++i, block = block->next_free()) {
      if (block->grains() >= grains) return block;
    }
    return nullptr;
  }
  /// The first block of the first list that is not empty, from bin on.
  [[nodiscard]] FastBlock* first_from(unsigned bin) const {
    std::uint64_t mask = ~std::uint64_t{0} << bin % 64;
    for (unsigned word = bin / 64; word < words_.size(); ++word, mask = ~std::uint64_t{0}) {
      if ((words_[word] & mask) != 0) {
        return heads_[word * 64 + static_cast<unsigned>(std::countr_zero(words_[word] & mask))];
      }
    }
    return nullptr;
  }
  [[nodiscard]] FastBlock* first(unsigned bin) const { return heads_[bin]; }

  void clear() {
    words_ = {};
    heads_ = {};
  }

 private:
  static constexpr unsigned looks = 8;

  std::array<std::uint64_t, (bin_count + 63) / 64> words_{};
  std::array<FastBlock*, bin_count> heads_{};
};

}  // namespace mh
