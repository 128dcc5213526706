// Bytes as steps on the fast heap, compared with an oracle: four bytes a step, whatever they are.
// The break fails now and then.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/support/fast_duel.hpp"

namespace {

/// Most requests are small, some are not, and a few have a mapping of their own.
std::size_t size_of(unsigned kind, std::size_t raw) {
  const std::size_t largest = kind < 22 ? 200 : kind < 28 ? 3000 : kind < 31 ? 40'000 : 700'000;
  return 1 + (kind == 31 ? raw * 5 : raw) % largest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t step_bytes = 4;
  std::vector<mh::test::FastStep> steps;
  for (std::size_t at = 0; at + step_bytes <= size; at += step_bytes) {
    std::uint16_t raw = 0;
    std::memcpy(&raw, data + at + 2, sizeof raw);
    const auto action = static_cast<mh::test::FastAction>(
        data[at] % static_cast<unsigned>(mh::test::FastAction::count));
    steps.push_back({action, size_of(data[at] / 8, raw), data[at + 1]});
  }
  mh::test::FastDuel duel;
  if (duel.run(steps)) return 0;
  std::fprintf(stderr, "heap and oracle disagree: %s\n", duel.difference.c_str());
  std::abort();
}
