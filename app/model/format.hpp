#pragma once
// Figures as people read them: one way for the window, the messages and the command line.

#include <cstdint>
#include <string>
#include <string_view>

namespace mh {

/// "100 B", "70.5 KiB", "3.2 MiB".
std::string format_bytes(std::uint64_t bytes);
/// "3 214 880": groups of three with a space between.
std::string format_count(std::uint64_t count);
/// "1 block", "3 214 blocks"; many: of what does not end in one more "s".
std::string format_things(std::uint64_t count, std::string_view one, std::string_view many = {});
/// A share of one, as "12.5 %".
std::string format_percent(double share);
/// "1/s", "250/s", "12.5 k/s", "250 k/s", "1.5 M/s"; "unlimited" for infinity.
std::string format_rate(double per_second);
/// "480 ns", "12 µs", "3.1 ms", "1.82 s", "2 min 05 s", "3 h 07 min".
std::string format_duration(std::uint64_t ns);
/// A position in time, "00:14.862"; from an hour on "1:00:14.862".
std::string format_time(std::uint64_t ns);
/// "0x5581c3a12000".
std::string format_address(std::uint64_t address);

/// The text in an event's size field, see pack_name(): up to the first zero. What cannot be shown
/// becomes '?'.
std::string unpack_name(std::uint64_t packed);

}  // namespace mh
