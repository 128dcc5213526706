#pragma once
// The hand: what somebody at the window allocates and frees, by name, and can undo and redo.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/sources/journal.hpp"
#include "core/heap/heap.hpp"

namespace mh {

/// The name of the n-th block by hand: p, q, ..., z, a, ..., o, then p1, q1, ...
std::string hand_name(std::uint64_t n);

/// Methods are for one thread. Addresses are those of headers.
class Hand {
 public:
  struct Outcome {
    std::uint64_t block = 0;  ///< header address of the block, 0 if it failed or was freed
    std::string error{};      ///< empty: it worked
    std::string text{};       ///< what was done, e.g. "p = malloc(100)"
    bool noticed = false;     ///< the heap reported an error meanwhile; text tells it
    bool null = false;        ///< it worked, on nothing: the call was about NULL or 0 bytes
  };
  static constexpr std::size_t undo_levels = 256;
  static constexpr std::size_t undo_group = 256;  ///< blocks freed together
  static constexpr std::size_t max_name = 8;
  /// Up to 8 letters, digits and underscores, no digit first.
  static bool is_name(std::string_view text);

  /// claim(payload) takes a block away from whoever else holds it; false: nobody does.
  /// claim_all(payloads, ascending) the same for many; it returns those that somebody held.
  Hand(Heap& heap, std::function<bool(void*)> claim,
       std::function<std::vector<void*>(std::span<void* const>)> claim_all);

  // What a call for 0 bytes does is not the hand's to say: it asks the heap, which gives none.
  Outcome allocate(std::uint64_t size, std::string_view name);
  Outcome allocate_aligned(std::uint64_t alignment, std::uint64_t size, std::string_view name);
  Outcome allocate_zeroed(std::uint64_t count, std::uint64_t size, std::string_view name);
  /// Keeps the block's name unless a new one is given.
  /// pointer: what is passed to the heap if neither the hand nor, because the header is damaged,
  /// the heap knows where the payload begins; 0: then the block counts as gone.
  Outcome reallocate(std::uint64_t block, std::uint64_t size, std::string_view name,
                     std::uint64_t pointer = 0);
  Outcome release(std::uint64_t block, std::uint64_t pointer = 0);
  Outcome release_null();  ///< free(NULL)
  /// Frees many at once. Undoable: as one action; only up to undo_group of them. Else what was done
  /// before cannot be undone any more either.
  struct Freed {
    std::size_t freed = 0;
    std::size_t gone = 0;     ///< somebody else freed them before
    std::size_t refused = 0;  ///< the heap noticed an error
  };
  Freed release_all(std::span<const std::uint64_t> blocks, bool undoable);
  /// Takes the last action back; again, the one before.
  Outcome undo();
  /// Does again what was undone last, until something else is done.
  Outcome redo();
  [[nodiscard]] bool can_undo() const { return !history_.empty(); }
  [[nodiscard]] bool can_redo() const { return !undone_.empty(); }
  /// What somebody else did by hand, to be undone and redone in order with the hand's own. What
  /// fails then is forgotten.
  struct Other {
    std::function<Outcome()> undo, redo;
  };
  void note_other(Other other);

  /// All calls made so far, since the heap was empty.
  [[nodiscard]] Journal& journal() { return journal_; }
  [[nodiscard]] const Journal& journal() const { return journal_; }

  /// The live block of that name, if any.
  [[nodiscard]] std::optional<std::uint64_t> block_called(std::string_view name) const;
  /// Name of a live block; empty if it has none.
  [[nodiscard]] std::string name_of(std::uint64_t block) const;
  /// Where the pointer points that somebody has to the block at that address: also when its header
  /// is damaged. 0: there is no such block.
  [[nodiscard]] std::uint64_t pointer_to(std::uint64_t block) const;
  /// The heap has set the block aside: it is in nobody's hand any more.
  void lose(std::uint64_t block);
  /// Tells the stream all names once more.
  void tell_names();
  /// The heap was emptied.
  void forget();

 private:
  /// A live block in the hand. It keeps its id through undo, though its address may change.
  struct Held {
    std::uint64_t id = 0;
    std::string name;             ///< empty: taken over from a worker
    std::uint64_t alignment = 0;  ///< of aligned_alloc(); 0: of another call
    void* payload = nullptr;      ///< as the heap gave it
    std::uint64_t size = 0;       ///< requested
  };
  using Blocks = std::map<std::uint64_t, Held>;  // by address of the header

  struct Action {
    enum class Kind { allocated, freed, resized, freed_all, other };
    Kind kind;
    Held held;                   ///< as it was before it was freed or resized
    std::uint64_t size = 0;      ///< requested before: freed, resized
    std::uint64_t new_size = 0;  ///< requested: allocated, resized; 0: as the block says
    bool zeroed = false;         ///< allocated by calloc
    std::string new_name{};      ///< resized: how it is called since
    std::vector<Action> all{};   ///< freed_all: each of them, as if freed alone
    Other other{};
  };

  [[nodiscard]] std::string next_name() const;
  [[nodiscard]] std::string name_error(std::string_view name) const;
  void* obtain(std::uint64_t alignment, std::uint64_t size);
  Outcome hold(void* payload, Held held, std::string text);
  void drop(Blocks::iterator held);
  bool take_over(std::uint64_t block, std::uint64_t pointer);
  void note(Action action);
  [[nodiscard]] Blocks::iterator find(std::uint64_t id);
  [[nodiscard]] bool lost(const Action& action);
  Outcome free_again(const Action& action);
  Outcome allocate_again(const Action& action, std::uint64_t size, bool zeroed);
  Outcome resize_again(const Action& action, std::uint64_t size, const std::string& name);
  Outcome undo_release_all(Action& action);
  Outcome redo_release_all(const Action& action);
  Outcome take_back(Action& action);
  Outcome do_again(Action& action);
  void note_allocation(HandCall::Kind kind, std::string name, std::uint64_t count,
                       std::uint64_t size, const Outcome* outcome);
  void journal_free(const Held& held);
  void journal_realloc(const Held& held, const std::string& name, std::uint64_t size,
                       const void* payload);

  Heap& heap_;
  std::function<bool(void*)> claim_;
  std::function<std::vector<void*>(std::span<void* const>)> claim_all_;
  Blocks blocks_;
  std::map<std::string, std::uint64_t, std::less<>> called_;  ///< the blocks that have a name
  std::deque<Action> history_;                                ///< newest last
  std::vector<Action> undone_;  ///< newest last; empty once something else is done
  Journal journal_;
  std::uint64_t next_id_ = 1;
};

}  // namespace mh
