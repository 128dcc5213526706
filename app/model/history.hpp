#pragma once
// Bytes by kind over time: what the timeline draws. A bounded number of samples, coarser as time
// goes on.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"

namespace mh {

class History {
 public:
  static constexpr std::size_t lanes = 64;  ///< threads 1 to 64 have one each

  struct Sample {
    std::uint64_t time = 0;   ///< ns
    std::uint64_t event = 0;  ///< number of the last event in it
    // As they stood after the last complete call in it.
    std::uint64_t header = 0, requested = 0, padding = 0, guard = 0, free = 0, set_aside = 0,
                  foreign = 0, heap = 0;  ///< bytes
    std::uint64_t largest_free = 0;       ///< bytes; see HeapPicture::largest_free()
    std::uint64_t active = 0;  ///< bit n: thread n + 1 allocated or freed, within this sample's
                               ///< stretch of time
  };

  /// What the program said of itself: mh_mark("phase 2").
  struct Mark {
    std::uint64_t time = 0;   ///< ns
    std::uint64_t event = 0;  ///< number of its last event
    std::string text;
  };
  static constexpr std::size_t most_marks = 512;  ///< the newest are kept

  explicit History(std::size_t max_samples = 4096);
  /// Notes an event that was just applied to picture.
  void note(const Event& event, std::uint64_t number, const HeapPicture& picture);
  void clear();
  /// Oldest first, times ascending. When the bound is reached, neighbours are merged in pairs.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
  [[nodiscard]] const std::deque<Mark>& marks() const { return marks_; }  ///< oldest first

 private:
  [[nodiscard]] bool sample_is_full(const Event& event) const;
  void merge_neighbours();
  void note_mark(const Event& event, std::uint64_t number);

  std::size_t max_samples_;
  std::vector<Sample> samples_;
  std::deque<Mark> marks_;
  std::string mark_;            ///< what came so far of the mark that is being told
  std::uint64_t stride_ns_;     ///< a sample ends after that long ...
  std::uint64_t stride_calls_;  ///< ... or that many calls: one at first, so that each click shows
  std::uint64_t sample_start_ = 0;  ///< ns
  std::uint64_t sample_calls_ = 0;  ///< complete ones
  bool in_call_ = false;
};

}  // namespace mh
