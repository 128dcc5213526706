#pragma once
// A policy among others that a lesson is run under, side by side.

#include <string>
#include <string_view>

#include "app/model/input.hpp"
#include "core/include/microheap.h"

namespace mh {

struct ComparedPolicy {
  std::string title;
  mh_policy policy{};
  std::string preset = {};  ///< its name; empty: it is none
};

/// A preset, here "best" and "worst" too; "never": the textbook's without merging; or switches that
/// change the textbook's, such as "order lifo".
[[nodiscard]] Parsed<ComparedPolicy> parse_compared(std::string_view words);

}  // namespace mh
