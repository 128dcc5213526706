#pragma once
// Where and when the break moved, so that who draws a range of addresses knows whether it must be
// drawn anew.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace mh {

/// When the break last passed over an address: whatever lies at or above Mark::address changed
/// then.
class BreakMarks {
 public:
  void pass(std::uint64_t address, std::uint64_t version);
  [[nodiscard]] std::uint64_t newest_below(std::uint64_t to) const;

 private:
  struct Mark {
    std::uint64_t address, version;
  };
  std::vector<Mark> marks_;  ///< both ascending
};

inline void BreakMarks::pass(std::uint64_t address, std::uint64_t version) {
  while (!marks_.empty() && marks_.back().address >= address) marks_.pop_back();
  marks_.push_back({address, version});
  if (marks_.size() <= 64) return;
  // Too many: of each two keep the lower address with the newer version, which says too much, not
  // too little.
  for (std::size_t i = 0; 2 * i < marks_.size(); ++i) {
    const std::size_t second = std::min(2 * i + 1, marks_.size() - 1);
    marks_[i] = {marks_[2 * i].address, marks_[second].version};
  }
  marks_.resize((marks_.size() + 1) / 2);
}

inline std::uint64_t BreakMarks::newest_below(std::uint64_t to) const {
  const auto above =
      std::lower_bound(marks_.begin(), marks_.end(), to,
                       [](const Mark& mark, std::uint64_t end) { return mark.address < end; });
  return above == marks_.begin() ? 0 : std::prev(above)->version;
}

}  // namespace mh
