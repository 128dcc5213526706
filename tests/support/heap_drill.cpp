#include "tests/support/heap_drill.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>

namespace mh::test {

namespace {

constexpr std::size_t most_live = 96;
constexpr unsigned char foreign_pattern = 0xf0;

bool holds(const std::byte* from, std::size_t bytes, unsigned char pattern) {
  return bytes == 0 || (*from == std::byte{pattern} && std::memcmp(from, from + 1, bytes - 1) == 0);
}

const std::byte* bytes_at(const void* pointer) {
  return static_cast<const std::byte*>(pointer);
}

const std::byte* payload_of(const mh_block& block) {
  return bytes_at(block.address) + block.header + block.front;
}

/// Most requests are small, some are not.
std::size_t size_of(const Step& step) {
  return 1U + (step.pick % 16 == 0 ? step.size % 5000U : step.size % 200U);
}

constexpr const char* names[]{"malloc",    "calloc",       "aligned_alloc", "realloc",
                              "free",      "wrong free",   "set_policy",    "foreign sbrk up",
                              "sbrk down", "failing sbrk", "refused sbrk",  "explain",
                              "reset",     "damage"};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << names[static_cast<int>(HeapDrill::act_of(step))] << " {" << int{step.act} << ", "
             << int{step.pick} << ", " << step.size << "}";
}

mh_policy policy_of(std::uint8_t pick, std::uint16_t size) {
  unsigned bits = size | unsigned{pick} << 16;
  const auto take = [&bits](unsigned values) {
    const unsigned value = bits % values;
    bits /= values;
    return value;
  };
  mh_policy policy = plainest_policy;
  policy.placement = static_cast<mh_placement>(take(4));
  policy.free_order = static_cast<mh_free_order>(take(3));
  policy.coalescing = static_cast<mh_coalescing>(take(3));
  policy.header = static_cast<mh_header_kind>(take(2));
  policy.trimming = static_cast<mh_trimming>(take(3));
  policy.growth = static_cast<mh_growth>(take(2));
  policy.split = static_cast<int>(take(2));
  policy.carving = static_cast<mh_carving>(take(2));
  policy.alignment = std::size_t{16} << take(3);
  policy.guards = static_cast<int>(take(2));
  policy.poison = static_cast<int>(take(2));
  policy.split_minimum = std::array<std::size_t, 3>{0, 16, 100}[take(3)];
  policy.growth_chunk = std::array<std::size_t, 3>{0, 1000, 4096}[take(3)];
  policy.trim_threshold = std::array<std::size_t, 3>{0, 300, 2000}[take(3)];
  return policy;
}

HeapDrill::Act HeapDrill::act_of(const Step& step) {
  using enum Act;
  constexpr std::array acts{allocate,   allocate,     allocate,       allocate,      allocate,
                            allocate,   allocate,     zeroed,         aligned,       aligned,
                            reallocate, reallocate,   reallocate,     reallocate,    reallocate,
                            release,    release,      release,        release,       release,
                            release,    release,      release,        wrong_pointer, set_policy,
                            set_policy, foreign_grow, foreign_shrink, fail_grow,     refuse_shrink,
                            explain,    damage};
  static_assert(acts.size() == 32);
  const Act act = acts[step.act % acts.size()];
  return act == explain && step.act >= 224 ? reset : act;
}

HeapDrill::HeapDrill(bool damages) : damages_(damages) {
  heap_.set_error_handler(&HeapDrill::note, this);
}

void HeapDrill::note(const mh_report* report, void* context) {
  static_cast<HeapDrill*>(context)->told_.push_back(*report);
}

bool HeapDrill::fail(const std::string& why) {
  problem_ = why;
  return false;
}

// ---- the steps

bool HeapDrill::take(const Step& step) {
  told_.clear();
  just_freed_ = false;
  const std::size_t size = size_of(step);
  const bool armed = end_.grows_until_failure > 0;
  const bool full = live_.size() >= most_live;
  Act act = act_of(step);
  if (full && act <= Act::aligned) act = Act::release;
  if (live_.empty() && (act == Act::release || act == Act::reallocate)) act = Act::allocate;
  const std::size_t pick = live_.empty() ? 0 : step.pick % live_.size();
  switch (act) {
    case Act::allocate:
      return allocated(heap_.allocate(size), size, policy_.alignment, armed);
    case Act::zeroed: {
      void* const pointer = heap_.allocate_zeroed(size, 3);
      if (pointer != nullptr && !holds(bytes_at(pointer), size * 3, 0))
        return fail("calloc: not zero");
      return allocated(pointer, size * 3, policy_.alignment, armed);
    }
    case Act::aligned: {
      const std::size_t alignment = std::size_t{1} << step.size % 14;
      return allocated(heap_.allocate_aligned(alignment, size), size,
                       std::max(alignment, policy_.alignment), armed);
    }
    case Act::reallocate:
      return reallocate(pick, size);
    case Act::release:
      return release(pick);
    case Act::wrong_pointer:
      return free_wrongly(step);
    case Act::set_policy:
      return set_policy(policy_of(step.pick, step.size));
    case Act::foreign_grow:
      if (step.pick % 4 == 0) {
        end_.before_grow = [this, size] { foreign_grow(size); };
      } else {
        foreign_grow(size);
      }
      return true;
    case Act::foreign_shrink:
      foreign_shrink();
      return true;
    case Act::fail_grow:
      end_.grows_until_failure = 1U + step.pick % 3U;
      return true;
    case Act::refuse_shrink:
      end_.refuse_shrink = !end_.refuse_shrink;
      return true;
    case Act::explain:
      explaining_ = !explaining_;
      heap_.set_explaining(explaining_);
      return heap_.explaining() == explaining_ || fail("explaining was not switched");
    case Act::reset:
      reset();
      return verify();
    case Act::damage:
      if (damages_) damage(step);
      return true;
  }
  return fail("no such act");
}

bool HeapDrill::told_nothing() {
  return !exact_ || told_.empty() || fail(std::string("told: ") + mh_error_text(told_[0].error));
}

bool HeapDrill::allocated(void* pointer, std::size_t size, std::size_t alignment, bool may_fail) {
  if (!told_nothing()) return false;
  if (pointer == nullptr)
    return may_fail || !exact_ || fail("no memory, though the break can move");
  auto* const payload = static_cast<std::byte*>(pointer);
  if (reinterpret_cast<std::uintptr_t>(pointer) % alignment != 0) return fail("not aligned");
  mh_block block{};
  if (!heap_.block_at(payload, block) || payload_of(block) != payload) {
    return fail("block_at finds another block");
  }
  if (exact_ && !(heap_.block_at(payload + size - 1, block) && payload_of(block) == payload)) {
    return fail("block_at finds another block at the payload's end");
  }
  const bool as_asked = block.used == 1 && block.requested == size && block.pool == 0 &&
                        block.guarded == policy_.guards && block.poisoned == 0 &&
                        block.header == header_size(layout_of(policy_).header);
  if (!as_asked) return fail("the block is not what the policy says");
  const std::size_t usable = heap_.usable_size(pointer);
  if (usable < size || (block.guarded != 0 && usable != size)) return fail("usable size is wrong");
  const Live live{payload, size, alignment, ++last_pattern_};
  std::memset(payload, live.pattern, usable);
  live_.push_back(live);
  return true;
}

bool HeapDrill::reallocate(std::size_t pick, std::size_t size) {
  const Live old = live_[pick];
  const bool armed = end_.grows_until_failure > 0;
  auto* const moved = static_cast<std::byte*>(heap_.reallocate(old.payload, size));
  if (exact_ && old.hurt != MH_OK) {
    forget(pick);
    return moved == nullptr ? refused(old) : fail("a damaged block was reallocated");
  }
  if (moved == nullptr && exact_)
    return told_nothing() && (armed || fail("realloc found no memory"));
  if (moved == nullptr) {
    forget(pick);  // nobody knows whether it was refused for want of memory
    return true;
  }
  if (!told_nothing()) return false;
  if (!holds(moved, std::min(old.requested, size), old.pattern))
    return fail("realloc: contents lost");
  Live live = old;
  live.payload = moved;
  live.requested = size;
  if (moved != old.payload) live.alignment = policy_.alignment;
  std::memset(moved, live.pattern, heap_.usable_size(moved));
  forget(pick);
  live_.push_back(live);
  return true;
}

bool HeapDrill::release(std::size_t pick) {
  const Live old = live_[pick];
  if (!holds(old.payload, old.requested, old.pattern)) return fail("contents changed");
  heap_.release(old.payload);
  forget(pick);
  if (!exact_) return true;
  if (old.hurt != MH_OK) return refused(old);
  just_freed_ = true;
  return told_nothing();
}

void HeapDrill::forget(std::size_t index) {
  constexpr std::size_t most_graves = 16;
  if (graves_.size() == most_graves) graves_.erase(graves_.begin());
  graves_.push_back(live_[index].payload);
  live_[index] = live_.back();
  live_.pop_back();
}

/// The last call named the overwritten guard of a block, and set it aside.
bool HeapDrill::refused(const Live& live) {
  ++errors_;
  if (told_.size() != 1) return fail("a damaged guard was not told once");
  const mh_report& report = told_[0];
  const bool right = report.error == live.hurt && report.pointer == live.hurt_at &&
                     report.requested == live.requested &&
                     report.offset == live.hurt_at - live.payload;
  return right || fail("a damaged guard was told wrongly");
}

bool HeapDrill::free_wrongly(const Step& step) {
  const auto extent = heap_.walk([](const mh_block*, void*) { return 1; }, nullptr);
  const auto length = static_cast<std::size_t>(bytes_at(extent.end) - bytes_at(extent.start));
  const std::byte* const inside = bytes_at(extent.start) - 64 + step.size % (length + 128);
  const bool again = step.pick % 2 == 0 && !graves_.empty();
  const std::byte* const pointer = again ? graves_[step.size % graves_.size()] : inside;
  if (is_live(pointer)) return true;
  const mh_error expected = expected_error(pointer);
  heap_.release(const_cast<std::byte*>(pointer));
  if (!exact_ || expected == MH_OK) {
    errors_ += told_.size();
    return true;
  }
  ++errors_;
  if (told_.size() != 1 || told_[0].error != expected || told_[0].pointer != pointer) {
    return fail(std::string("not told: ") + mh_error_text(expected));
  }
  return heap_.usable_size(pointer) == 0 || fail("a wrong pointer has a usable size");
}

/// What a free of a pointer that is no payload in use is told; MH_OK: the oracle cannot say.
mh_error HeapDrill::expected_error(const std::byte* pointer) const {
  for (const mh_block& block : walk()) {
    const std::byte* const begin = bytes_at(block.address);
    if (pointer < begin || pointer >= begin + block.size) continue;
    if (block.foreign != 0) return MH_INVALID_POINTER;
    if (reinterpret_cast<std::uintptr_t>(pointer) % granule != 0) return MH_MISALIGNED_POINTER;
    if (block.set_aside != 0) return MH_OK;
    return block.used != 0 ? MH_INTERIOR_POINTER : MH_DOUBLE_FREE;
  }
  return MH_INVALID_POINTER;
}

bool HeapDrill::is_live(const std::byte* pointer) const {
  return std::any_of(live_.begin(), live_.end(),
                     [pointer](const Live& live) { return live.payload == pointer; });
}

bool HeapDrill::set_policy(const mh_policy& policy) {
  if (!heap_.set_policy(policy)) return fail("a valid policy was refused");
  policy_ = policy;
  merging_ = (merging_ || heap_.stats().heap == 0) && policy.coalescing == MH_COALESCE_AT_FREE;
  return told_nothing();
}

void HeapDrill::foreign_grow(std::size_t bytes) {
  std::byte* const taken = end_.foreign_grow(bytes);
  std::memset(taken, foreign_pattern, bytes);
  foreign_.emplace_back(taken, bytes);
}

void HeapDrill::foreign_shrink() {
  if (foreign_.empty()) return;
  const auto [taken, bytes] = foreign_.back();
  if (taken + bytes != end_.current()) return;
  end_.foreign_shrink(bytes);
  foreign_.pop_back();
}

void HeapDrill::reset() {
  heap_.reset();
  live_.clear();
  graves_.clear();
  exact_ = true;
  errors_ = heap_.stats().errors;
  merging_ = policy_.coalescing == MH_COALESCE_AT_FREE;
}

// ---- damage

void HeapDrill::damage(const Step& step) {
  const auto flip = static_cast<std::byte>(1 + step.size % 255);
  if (step.pick % 4 < 2) {
    if (!live_.empty()) damage_guard(live_[step.size % live_.size()], step);
    return;
  }
  const std::vector<mh_block> blocks = walk();
  if (blocks.empty()) return;
  const mh_block& block = blocks[step.size % blocks.size()];
  auto* at = const_cast<std::byte*>(bytes_at(block.address));
  const bool payload = step.pick % 4 == 2;
  if (payload && (block.used != 0 || block.foreign != 0 || block.set_aside != 0)) return;
  if (payload) {
    at += block.header + step.pick / 4U % (block.size - block.header);
  } else {
    if (block.foreign != 0) at += block.size - header_size(HeaderKind::plain);
    at += step.pick / 4U % (block.foreign != 0 ? header_size(HeaderKind::plain) : block.header);
  }
  *at ^= flip;
  exact_ = false;
}

/// Overwrites a byte of the guard behind a payload or of the one before it.
void HeapDrill::damage_guard(Live& live, const Step& step) {
  mh_block block{};
  if (live.hurt != MH_OK || !heap_.block_at(live.payload, block) || block.guarded == 0) return;
  if (payload_of(block) != live.payload) return;
  const std::byte* const block_end = bytes_at(block.address) + block.size;
  std::byte* at = nullptr;
  if (step.pick % 4 == 0) {
    const auto behind = static_cast<std::size_t>(block_end - live.payload) - live.requested;
    at = live.payload + live.requested + step.pick / 4U % behind;
    live.hurt = MH_OVERFLOW;
    live.hurt_at = at;
  } else {
    const std::size_t distance = 1 + step.pick / 4U % block.front;
    at = live.payload - distance;
    live.hurt = MH_UNDERFLOW;
    live.hurt_at = distance == 7 ? at - 1 : at;  // the way back to the header takes two bytes
  }
  *at ^= std::byte{0x55};
}

// ---- comparing

std::vector<mh_block> HeapDrill::walk() const {
  std::vector<mh_block> blocks;
  heap_.walk(
      [](const mh_block* block, void* context) {
        static_cast<std::vector<mh_block>*>(context)->push_back(*block);
        return 1;
      },
      &blocks);
  return blocks;
}

bool HeapDrill::verify() {
  if (!verify_contents()) return false;
  const mh_stats s = heap_.stats();
  const std::size_t sum =
      s.header + s.requested + s.padding + s.guard + s.free + s.set_aside + s.foreign;
  if (s.heap != sum) return fail("the figures do not add up");
  if (!exact_) {
    (void)heap_.check(nullptr);
    return true;
  }
  const std::vector<mh_block> blocks = walk();
  return verify_blocks(blocks) && verify_figures(blocks) && verify_free_list(blocks) &&
         verify_check(blocks);
}

bool HeapDrill::verify_contents() {
  for (const Live& live : live_) {
    if (!holds(live.payload, live.requested, live.pattern)) return fail("contents changed");
    if (reinterpret_cast<std::uintptr_t>(live.payload) % live.alignment != 0)
      return fail("unaligned");
  }
  for (const auto& [range, bytes] : foreign_) {
    if (!holds(range, bytes, foreign_pattern)) return fail("somebody else's bytes were written");
  }
  return true;
}

/// Blocks lie side by side from start to end; the used ones are those that live, the foreign ones
/// cover what somebody else took.
bool HeapDrill::verify_blocks(const std::vector<mh_block>& blocks) {
  const auto extent = heap_.walk([](const mh_block*, void*) { return 1; }, nullptr);
  const std::byte* at = bytes_at(extent.start);
  std::vector<std::pair<const std::byte*, std::size_t>> used;
  bool free_before = false;
  for (const mh_block& block : blocks) {
    if (block.address != at) return fail("a gap or an overlap");
    at += block.size;
    if (block.used != 0) used.emplace_back(payload_of(block), block.requested);
    const bool is_free = block.used == 0 && block.foreign == 0 && block.set_aside == 0;
    if (merging_ && is_free && free_before) return fail("neighbours were not merged");
    free_before = is_free;
  }
  if (at != extent.end) return fail("the blocks do not reach the end");
  const bool own_end = at == end_.current() && !end_.refuse_shrink;
  if (just_freed_ && own_end && free_before && policy_.trimming == MH_TRIM_AT_ONCE) {
    return fail("the end of the heap was not given back");
  }
  std::vector<std::pair<const std::byte*, std::size_t>> live;
  for (const Live& one : live_) live.emplace_back(one.payload, one.requested);
  std::sort(live.begin(), live.end());
  if (used != live) return fail("the used blocks are not those that live");
  for (const auto& [range, bytes] : foreign_) {
    if (range < extent.start || range + bytes > extent.end) continue;
    const bool covered = std::any_of(
        blocks.begin(), blocks.end(), [&, from = range, n = bytes](const mh_block& block) {
          return block.foreign != 0 && bytes_at(block.address) <= from &&
                 from + n <= bytes_at(block.address) + block.size;
        });
    if (!covered) return fail("somebody else's bytes are in no foreign block");
  }
  return true;
}

bool HeapDrill::verify_figures(const std::vector<mh_block>& blocks) {
  const mh_stats s = heap_.stats();
  std::size_t requested = 0;
  std::size_t compact = 0;
  std::size_t classes = 0;
  for (const mh_block& block : blocks) {
    requested += block.requested;
    compact += block.header == header_size(HeaderKind::compact) ? 1 : 0;
  }
  for (const mh_size_class& one : s.size_class) classes += one.requested;
  if (s.requested != requested || classes != requested) return fail("requested bytes are wrong");
  if (s.header_saved != compact * 16) return fail("saved header bytes are wrong");
  if (s.used_blocks != live_.size()) return fail("the number of used blocks is wrong");
  if (s.errors != errors_) return fail("the number of errors is wrong");
  if (s.peak_heap < s.heap || s.peak_requested < s.requested) return fail("a peak is too low");
  return true;
}

/// The free list has each free block once, in order if there is one.
bool HeapDrill::verify_free_list(const std::vector<mh_block>& blocks) {
  std::vector<const void*> listed;
  heap_.walk_free(
      [](const mh_block* block, void* context) {
        static_cast<std::vector<const void*>*>(context)->push_back(block->address);
        return 1;
      },
      &listed);
  if (policy_.free_order == MH_ORDER_ADDRESS && !std::is_sorted(listed.begin(), listed.end())) {
    return fail("the free list is not in the order of addresses");
  }
  std::sort(listed.begin(), listed.end());
  std::vector<const void*> free;
  std::size_t largest = 0;
  for (const mh_block& block : blocks) {
    if (block.used != 0 || block.foreign != 0 || block.set_aside != 0) continue;
    free.push_back(block.address);
    largest = std::max(largest, block.size - block.header);
  }
  if (listed != free) return fail("the free list is not the free blocks");
  const mh_stats s = heap_.stats();
  if (s.free_blocks != free.size()) return fail("the number of free blocks is wrong");
  return s.largest_free == largest || fail("the largest free block is wrong");
}

/// The heap's own check finds nothing, or the lowest block that was damaged.
bool HeapDrill::verify_check(const std::vector<mh_block>& blocks) {
  const void* expected = nullptr;
  for (const mh_block& block : blocks) {
    const bool hurt = std::any_of(live_.begin(), live_.end(), [&](const Live& live) {
      return live.hurt != MH_OK && block.used != 0 && live.payload == payload_of(block);
    });
    if (!hurt && block.set_aside == 0) continue;
    expected = block.address;
    break;
  }
  const void* where = nullptr;
  const mh_error error = heap_.check(&where);
  if (where == expected && (error != MH_OK) == (expected != nullptr)) return true;
  return fail(std::string("check says: ") + mh_error_text(error));
}

bool HeapDrill::finish() {
  just_freed_ = false;
  end_.refuse_shrink = false;
  end_.grows_until_failure = 0;
  end_.before_grow = nullptr;
  if (!verify()) return false;
  while (!live_.empty()) {
    told_.clear();
    if (!release(live_.size() - 1)) return false;
  }
  if (!verify()) return false;
  reset();
  return verify();
}

}  // namespace mh::test
