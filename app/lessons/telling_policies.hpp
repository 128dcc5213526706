#pragma once
// Which policies are worth comparing: those under which a lesson goes differently.

#include <vector>

#include "app/model/compared_policy.hpp"
#include "app/sources/scenario.hpp"

namespace mh {

/// Up to three, the textbook's first, no two of them alike in what happens on the heap. Empty:
/// there are no two. Runs the lesson under each candidate.
[[nodiscard]] std::vector<ComparedPolicy> telling_policies(const Scenario& scenario);

}  // namespace mh
