#pragma once
// Steps on a heap under every policy, compared with an oracle: what lives and what its owner wrote
// there. Used by properties, by seeds and by the fuzzer.

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "core/heap/classic/classic_heap.hpp"
#include "tests/support/controlled_break.hpp"

namespace mh::test {

/// One step, in four bytes: any four bytes are one.
struct Step {
  std::uint8_t act = 0;    ///< what to do, see HeapDrill::act_of()
  std::uint8_t pick = 0;   ///< on which of the things there are
  std::uint16_t size = 0;  ///< bytes, or as the act says
};
std::ostream& operator<<(std::ostream& out, const Step& step);

/// The policy that three bytes stand for; each is valid, and every switch has all its values.
mh_policy policy_of(std::uint8_t pick, std::uint16_t size);

class HeapDrill {
 public:
  enum class Act : std::uint8_t {
    allocate,
    zeroed,
    aligned,
    reallocate,
    release,
    wrong_pointer,  ///< a free of what is no payload in use: the exact error
    set_policy,
    foreign_grow,  ///< somebody else moves the break, now or between our look and our move
    foreign_shrink,
    fail_grow,  ///< one of the next moves of the break fails
    refuse_shrink,
    explain,
    reset,
    damage  ///< the program writes where it must not
  };
  static Act act_of(const Step& step);

  /// damages: whether Act::damage does anything.
  explicit HeapDrill(bool damages);
  HeapDrill(const HeapDrill&) = delete;
  HeapDrill& operator=(const HeapDrill&) = delete;

  /// Takes the step. False if heap and oracle disagree: problem() says how.
  bool take(const Step& step);
  /// Compares everything there is. Costs a walk.
  bool verify();
  /// Frees all that lives, and verifies that the heap is empty then.
  bool finish();

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] ClassicHeap& heap() { return heap_; }
  /// False from a damage whose effect the oracle cannot tell until the next reset: then only what
  /// callers own is compared.
  [[nodiscard]] bool exact() const { return exact_; }

 private:
  struct Live {
    std::byte* payload = nullptr;
    std::size_t requested = 0;
    std::size_t alignment = 16;
    unsigned char pattern = 0;
    mh_error hurt = MH_OK;  // the guard that the program overwrote ...
    const std::byte* hurt_at = nullptr;
  };

  bool fail(const std::string& why);
  bool allocated(void* pointer, std::size_t size, std::size_t alignment, bool may_fail);
  bool reallocate(std::size_t pick, std::size_t size);
  bool release(std::size_t pick);
  bool refused(const Live& live);
  bool free_wrongly(const Step& step);
  bool set_policy(const mh_policy& policy);
  void foreign_grow(std::size_t bytes);
  void foreign_shrink();
  void reset();
  void damage(const Step& step);
  void damage_guard(Live& live, const Step& step);
  void forget(std::size_t index);

  bool told_nothing();
  [[nodiscard]] mh_error expected_error(const std::byte* pointer) const;
  [[nodiscard]] bool is_live(const std::byte* pointer) const;
  bool verify_figures(const std::vector<mh_block>& blocks);
  bool verify_blocks(const std::vector<mh_block>& blocks);
  bool verify_free_list(const std::vector<mh_block>& blocks);
  bool verify_check(const std::vector<mh_block>& blocks);
  bool verify_contents();
  [[nodiscard]] std::vector<mh_block> walk() const;
  static void note(const mh_report* report, void* context);

  bool damages_;
  bool exact_ = true;
  bool merging_ = false;     // neighbours were merged at every free since the heap began
  bool just_freed_ = false;  // the last step was a free that told no error
  bool explaining_ = false;
  // Always at the same addresses, which checksums depend on: the same steps do the same.
  ControlledBreak end_{std::size_t{1} << 30, ReservedBreak::quiet_address};
  ClassicHeap heap_{end_};
  mh_policy policy_ = plainest_policy;
  std::vector<Live> live_;
  std::vector<std::byte*> graves_;  // payloads that were freed
  std::vector<std::pair<std::byte*, std::size_t>> foreign_;
  std::vector<mh_report> told_;
  std::uint64_t errors_ = 0;
  unsigned char last_pattern_ = 0;
  std::string problem_;
};

}  // namespace mh::test
