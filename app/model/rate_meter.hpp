#pragma once
// Events per second over the last second.

#include <array>
#include <cstdint>

namespace mh {

class RateMeter {
 public:
  /// Notes that count things happened at now (ns, ascending).
  void add(std::uint64_t now, std::uint64_t count) {
    move_to(now / slot_ns);
    counts_[now / slot_ns % counts_.size()] += count;
  }
  [[nodiscard]] double per_second(std::uint64_t now) {
    move_to(now / slot_ns);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return static_cast<double>(sum);
  }

 private:
  static constexpr std::uint64_t slot_ns = 50'000'000;

  /// Empties the slots of the time that passed.
  void move_to(std::uint64_t slot) {
    if (slot - slot_ >= counts_.size()) counts_ = {};
    for (; slot_ < slot && slot - slot_ < counts_.size(); ++slot_)
      counts_[(slot_ + 1) % counts_.size()] = 0;
    slot_ = slot;
  }

  std::array<std::uint64_t, 20> counts_{};
  std::uint64_t slot_ = 0;
};

}  // namespace mh
