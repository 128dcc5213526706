#pragma once
// Reading and writing memory that may not be there.

#include <cstdint>
#include <span>

namespace mh {

/// Copies bytes of this process from address on into out; returns how many could be read, from the
/// front. Memory above a trimmed break ends it with an error where a plain read would end the
/// program.
std::size_t read_memory(std::uint64_t address, std::span<unsigned char> out);
/// Copies bytes to address; returns how many could be written, from the front.
std::size_t write_memory(std::uint64_t address, std::span<const unsigned char> bytes);

}  // namespace mh
