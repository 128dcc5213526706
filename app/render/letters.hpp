#pragma once
// The letters that texts have and the program's own typefaces are not loaded with: noted while they
// are drawn, found and loaded before the next frame.

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "app/render/imgui_compat.hpp"

namespace mh {

class Letters {
 public:
  /// Notes what a text needs beyond the given pairs of first and last letter.
  void need(std::string_view text, std::span<const ImWchar> loaded);
  [[nodiscard]] const std::set<char32_t>& wanted() const { return wanted_; }
  /// Whether more are wanted than at the last call of taken().
  [[nodiscard]] bool grown() const { return wanted_.size() > taken_; }
  void taken() { taken_ = wanted_.size(); }

 private:
  std::set<char32_t> wanted_;
  std::size_t taken_ = 0;
};

/// What is said of letters that cannot be drawn; empty if there are none.
[[nodiscard]] std::string words_on_missing(std::span<const char32_t> letters);

}  // namespace mh
