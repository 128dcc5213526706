#pragma once
// The classic mistakes with a heap, made on purpose, on real memory.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/sources/hand.hpp"
#include "core/heap/heap.hpp"

namespace mh {

enum class Mischief {
  overflow,
  underflow,
  write_after_free,
  smash_header,
  double_free,
  interior_free,
  misaligned_free,
  other_heap_free,
  out_of_memory
};

/// How a mistake is called, and which blocks it can be made with.
struct MischiefKind {
  enum class Needs { used_block, free_block, used_or_free_block, any_block, nothing };

  Mischief mischief;
  const char* word;      ///< for scripts and tests: "overflow"
  const char* title;     ///< for menus: "Write 1 byte past the end"
  const char* sentence;  ///< what it is, and what it does in real programs
  Needs needs;

  /// block: as mh_walk shows it; null: none.
  [[nodiscard]] bool possible(bool used, bool free) const;
};

/// In the order of enum Mischief.
[[nodiscard]] const std::array<MischiefKind, 9>& mischief_kinds();

/// Makes mistakes, so that neither the app nor its heap can be lost by them: memory is written by
/// system calls that fail where nothing can be written, under the heap's lock, and only where the
/// heap's memory is. Methods are for the hand's thread.
class MischiefMaker {
 public:
  /// More than anybody would overwrite by mistake, bytes.
  static constexpr std::uint64_t most_bytes = 4096;

  MischiefMaker(Heap& heap, Hand& hand) : heap_(heap), hand_(hand) {}
  ~MischiefMaker();
  MischiefMaker(const MischiefMaker&) = delete;
  MischiefMaker& operator=(const MischiefMaker&) = delete;

  /// amount: how many bytes are written, 1 to most_bytes, or how far into the block the pointer
  /// points; 0: what is usual. text says what was done and who will notice it. Nobody may be at
  /// work on the heap meanwhile but the reader.
  Hand::Outcome make(Mischief mischief, std::uint64_t block, std::uint64_t amount = 0);
  /// Writes through a pointer to a block that was freed, wherever it leads now.
  Hand::Outcome write_through(std::uint64_t dangling, std::string_view name, std::uint64_t bytes);

  /// What the last mistake wrote over.
  struct Written {
    std::uint64_t address = 0, bytes = 0;  ///< bytes 0: nothing
  };
  [[nodiscard]] Written wrote() const { return wrote_; }

 private:
  /// A block of the heap and how to call it.
  struct Target {
    mh_block block{};
    std::string name;
    [[nodiscard]] std::uint64_t address() const;
    [[nodiscard]] std::uint64_t end() const { return address() + block.size; }
    [[nodiscard]] std::uint64_t payload() const { return address() + block.header + block.front; }
    [[nodiscard]] bool free() const {
      return block.used == 0 && block.foreign == 0 && block.set_aside == 0;
    }
  };

  Hand::Outcome overflow(const Target& target, std::uint64_t bytes);
  Hand::Outcome underflow(const Target& target, std::uint64_t bytes);
  Hand::Outcome smash_header(const Target& target);
  Hand::Outcome double_free(const Target& target);
  Hand::Outcome free_inside(const Target& target, std::uint64_t offset);
  Hand::Outcome free_of_other_heap();
  Hand::Outcome ask_for_too_much();

  [[nodiscard]] std::optional<Target> find(std::uint64_t address) const;
  [[nodiscard]] std::string name_of(const Target& target) const;
  [[nodiscard]] std::uint64_t break_now() const;
  [[nodiscard]] std::uint64_t limit_above(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] std::uint64_t limit_below(std::uint64_t from, std::uint64_t to) const;
  std::uint64_t scribble(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] std::string behind(const Target& target, std::uint64_t to) const;

  Heap& heap_;
  Hand& hand_;
  mh_heap* other_heap_ = nullptr;  ///< made when first needed
  Written wrote_;
};

}  // namespace mh
