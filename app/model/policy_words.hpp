#pragma once
// The engine's switches in words, for scripts, the command line, settings and messages:
// "textbook", or "best split on coalesce deferred align 32".
//
//   plain textbook kr csapp deferred debug     a preset: every switch at once (or: preset NAME)
//   first next best worst                      the placement
//   order address|lifo|fifo                    split on [BYTES]|off
//   coalesce never|free|deferred               header plain|compact
//   align 16|32|64                             trim once|threshold [BYTES]|never
//   growth exact|chunks [BYTES]                guards on|off     poison on|off
//
// Switches change the present policy from left to right. Bytes that are not given stay as they
// are. "best" and "worst" are placements; the presets of those names are "preset best" and "preset
// worst".

#include <string>
#include <string_view>

#include "app/model/input.hpp"
#include "core/include/microheap.h"

namespace mh {

/// What the words make of the present policy, or "expected ..., found ...".
Parsed<mh_policy> parse_policy(std::string_view words, const mh_policy& present);

/// The fewest words that make any policy this one. Bytes that do not matter (a threshold that is
/// not used) are left out.
std::string policy_words(const mh_policy& policy);

/// The preset with these switches; nullptr: there is none, somebody set their own.
const mh_preset* preset_of(const mh_policy& policy);
/// nullptr: there is none of that name.
const mh_preset* preset_called(std::string_view name);

/// What a lab begins with: the preset "textbook".
const mh_policy& default_policy();

}  // namespace mh
