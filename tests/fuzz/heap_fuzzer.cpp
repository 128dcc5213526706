// Bytes as steps on a heap of every policy, compared with an oracle: four bytes a step, whatever
// they are. The first byte says whether the program may also write where it must not.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/support/heap_drill.hpp"

namespace {

std::uint64_t operations = 0;

void require(bool holds, const mh::test::HeapDrill& drill) {
  if (holds) return;
  std::fprintf(stderr, "heap and oracle disagree: %s\n", drill.problem().c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  return std::atexit([] {
    std::fprintf(stderr, "%llu operations\n", static_cast<unsigned long long>(operations));
  });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t step_bytes = 4;
  constexpr std::size_t steps_between_looks = 8;
  if (size == 0) return 0;
  mh::test::HeapDrill drill(data[0] % 2 != 0);
  std::size_t steps = 0;
  for (std::size_t at = 1; at + step_bytes <= size; at += step_bytes) {
    mh::test::Step step{data[at], data[at + 1], 0};
    std::memcpy(&step.size, data + at + 2, sizeof step.size);
    require(drill.take(step), drill);
    if (++steps % steps_between_looks == 0) require(drill.verify(), drill);
  }
  require(drill.finish(), drill);
  operations += steps;
  return 0;
}
