#pragma once
// The words by which scripts and lists call an error.

#include <optional>
#include <string>
#include <string_view>

#include "core/include/microheap.h"

namespace mh {

/// "double-free", "header-damaged", ...; "none" for MH_OK.
[[nodiscard]] const char* error_word(mh_error error);
[[nodiscard]] std::optional<mh_error> error_from_word(std::string_view word);
/// All of them, for messages: "double-free, invalid-pointer, ... or write-after-free".
[[nodiscard]] std::string error_words();

}  // namespace mh
