#pragma once
// What frames cost, and how many come in a second.

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

namespace mh {

class FrameMeter {
 public:
  /// A frame comes, so many seconds after the last.
  void tick(double seconds) {
    if (seconds <= 0 || seconds >= longest) return;  // the window was at rest in between
    rate_ = rate_ == 0 ? 1 / seconds : rate_ * 0.92 + 0.08 / seconds;
  }
  void add_cost(double cpu_ms) {
    costs_.push_back(cpu_ms);
    if (costs_.size() > costs_kept) costs_.pop_front();
  }
  [[nodiscard]] double frames_per_second() const { return rate_; }
  /// Median of the last frames; 0 before the first.
  [[nodiscard]] double cost_ms() const {
    if (costs_.empty()) return 0;
    std::vector<double> costs(costs_.begin(), costs_.end());
    const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
    std::nth_element(costs.begin(), middle, costs.end());
    return *middle;
  }

 private:
  static constexpr std::size_t costs_kept = 31;
  static constexpr double longest = 0.25;

  double rate_ = 0;
  std::deque<double> costs_;
};

}  // namespace mh
