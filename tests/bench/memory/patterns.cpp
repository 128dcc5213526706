// Ways to use memory and to give all of it back, for whatever malloc the process has. Who compares
// them is memory.py.
//
//   memory_patterns NAME [MS]   runs a pattern, waits MS milliseconds (1000), and prints two
//   figures,
//                               KiB: the greatest resident set, and what is left of it
//   memory_patterns --list      the names
//
// The figures are read without allocating.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <random>
#include <string_view>
#include <thread>

namespace {

using Random = std::minstd_rand;
constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

/// Pointers in memory that is not malloc's, so that what is measured is blocks alone.
template <std::size_t Most>
struct Blocks {
  std::array<char*, Most> at{};
  std::size_t count = 0;

  void add(std::size_t size, bool whole = true) {
    auto* const block = static_cast<char*>(std::malloc(size));
    if (block == nullptr) std::abort();
    whole ? void(std::memset(block, 1, size)) : void(block[0] = 1);
    at[count++] = block;
  }
  void free_all() {
    for (std::size_t i = 0; i < count; ++i) std::free(at[i]);
    count = 0;
  }
  void shuffle() { std::shuffle(at.begin(), at.begin() + static_cast<long>(count), Random(5)); }
};

Blocks<1'000'000> blocks;

void in_threads(unsigned count, void (*work)(unsigned)) {
  std::array<std::thread, 16> threads;
  for (unsigned i = 0; i < count; ++i) threads[i] = std::thread(work, i);
  for (unsigned i = 0; i < count; ++i) threads[i].join();
}

std::size_t mixed_size(Random& random) {
  const auto dice = random() % 100;
  return 1 + random() % (dice < 85 ? 256 : dice < 98 ? 1024 : dice < 99 ? 8192 : 60'000);
}

// ---- one size, in three orders

void fill(std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) blocks.add(size);
}

void in_order() {
  fill(400'000, 64);
  blocks.free_all();
}

void in_reverse() {
  fill(400'000, 64);
  std::reverse(blocks.at.begin(), blocks.at.begin() + static_cast<long>(blocks.count));
  blocks.free_all();
}

void in_no_order() {
  fill(400'000, 64);
  blocks.shuffle();
  blocks.free_all();
}

// ---- many sizes

void mixed() {
  Random random(1);
  for (int i = 0; i < 150'000; ++i) blocks.add(mixed_size(random));
  blocks.shuffle();
  blocks.free_all();
}

void medium() {
  Random random(2);
  for (int i = 0; i < 10'000; ++i) blocks.add(1 * kib + random() % (7 * kib));
  blocks.shuffle();
  blocks.free_all();
}

/// Each size once the one before is gone.
void sizes_in_turn() {
  for (std::size_t size = 32; size <= 64 * kib; size *= 2) {
    fill(20 * mib / size, size);
    blocks.free_all();
  }
}

void alternating(int rounds, std::size_t large) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 20'000; ++i) blocks.add(i % 2 == 0 ? 512 : large, false);
    blocks.free_all();
  }
}

void alternating_ten() {
  alternating(10, 128 * kib);
}

void sparse() {
  alternating(1, 100'000);
}

// ---- large

void large_full() {
  for (int round = 0; round < 3; ++round) {
    fill(60, 1 * mib);
    blocks.free_all();
  }
}

void around_the_threshold() {
  Random random(3);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 200; ++i) blocks.add(60 * kib + random() % (500 * kib));
    blocks.shuffle();
    blocks.free_all();
  }
}

void many_mapped() {
  for (int i = 0; i < 20'000; ++i) blocks.add(200'000, false);
  blocks.free_all();
}

// ---- a life with a peak

/// A heap that grows and shrinks, ten times.
void sawtooth() {
  Random random(4);
  for (int tooth = 0; tooth < 10; ++tooth) {
    while (blocks.count < 60'000) blocks.add(mixed_size(random));
    while (blocks.count > 2000) std::free(blocks.at[--blocks.count]);
  }
  blocks.free_all();
}

/// A peak, and then a small program for a while.
void peak_is_over() {
  Random random(6);
  for (int i = 0; i < 200'000; ++i) blocks.add(mixed_size(random));
  blocks.free_all();
  for (int i = 0; i < 2'000'000; ++i) std::free(std::malloc(1 + random() % 200));
}

/// Of short-lived blocks each thousandth lives on. They are still there when the rest is measured.
void long_lived() {
  Random random(8);
  for (int i = 0; i < 200'000; ++i) blocks.add(mixed_size(random));
  for (std::size_t i = 0; i < blocks.count; ++i) {
    if (i % 1000 != 0) std::free(blocks.at[i]);
  }
}

void all_but_the_last() {
  fill(400'000, 64);
  --blocks.count;
  blocks.free_all();
}

// ---- realloc

void one_buffer_grows() {
  char* buffer = nullptr;
  for (std::size_t size = 100; size < 64 * mib; size += size / 8) {
    buffer = static_cast<char*>(std::realloc(buffer, size));
    std::memset(buffer, 1, size);
  }
  std::free(buffer);
}

void buffers_grow_together() {
  for (std::size_t size = 16; size < 100'000; size += size / 4) {
    for (std::size_t i = 0; i < 300; ++i) {
      blocks.at[i] = static_cast<char*>(std::realloc(blocks.at[i], size));
      std::memset(blocks.at[i], 1, size);
    }
  }
  blocks.count = 300;
  blocks.free_all();
}

void realloc_at_random() {
  in_threads(8, [](unsigned i) {
    Random random(i + 1);
    for (int n = 0; n < 200'000; ++n) {
      char* block = static_cast<char*>(std::malloc(random() % 9000));
      block = static_cast<char*>(std::realloc(block, 1 + random() % 8000));
      std::free(block);
    }
  });
}

// ---- threads

void small_life(unsigned seed, std::size_t count) {
  Random random(seed + 1);
  std::array<char*, 4000> own{};
  for (std::size_t i = 0; i < count; ++i) {
    own[i] = static_cast<char*>(std::malloc(1 + random() % 1000));
    own[i][0] = 1;
  }
  for (std::size_t i = 0; i < count; ++i) std::free(own[i]);
}

void threads_in_turn() {
  for (unsigned i = 0; i < 100; ++i) std::thread(small_life, i, 4000).join();
}

/// All at once.
void thousand_threads() {
  constexpr unsigned count = 1000;
  std::latch all_there(count);
  auto* const threads = new std::array<std::thread, count>;
  for (unsigned i = 0; i < count; ++i) {
    (*threads)[i] = std::thread([&all_there, i] {
      small_life(i, 100);
      all_there.arrive_and_wait();
    });
  }
  for (std::thread& thread : *threads) thread.join();
  delete threads;
}

void one_fills_another_frees() {
  std::thread([] { fill(400'000, 100); }).join();
  std::thread([] { blocks.free_all(); }).join();
}

void threads_churn() {
  in_threads(8, [](unsigned i) {
    for (unsigned n = 0; n < 20; ++n) small_life(i * 20 + n, 4000);
  });
}

// ---- the rest of the interface

void calloc_blocks() {
  for (int i = 0; i < 2000; ++i) {
    blocks.at[blocks.count++] = static_cast<char*>(std::calloc(1, 20'000));
  }
  blocks.free_all();
}

void aligned() {
  for (int i = 0; i < 5000; ++i) {
    blocks.at[blocks.count] = static_cast<char*>(std::aligned_alloc(4096, 4096));
    std::memset(blocks.at[blocks.count++], 1, 3000);
  }
  blocks.free_all();
}

/// The figures are the child's.
void fork_child() {
  fill(200'000, 100);
  const pid_t child = fork();
  if (child == 0) return blocks.free_all();
  int status = 0;
  waitpid(child, &status, 0);
  _exit(WEXITSTATUS(status));
}

struct Pattern {
  std::string_view name;
  void (*run)();
};

constexpr std::array<Pattern, 25> patterns{{
    {"in-order", in_order},
    {"in-reverse", in_reverse},
    {"in-no-order", in_no_order},
    {"mixed", mixed},
    {"medium", medium},
    {"sizes-in-turn", sizes_in_turn},
    {"alternating", alternating_ten},
    {"sparse", sparse},
    {"large-full", large_full},
    {"around-threshold", around_the_threshold},
    {"many-mapped", many_mapped},
    {"sawtooth", sawtooth},
    {"peak-is-over", peak_is_over},
    {"long-lived", long_lived},
    {"all-but-last", all_but_the_last},
    {"buffer-grows", one_buffer_grows},
    {"buffers-grow", buffers_grow_together},
    {"realloc-random", realloc_at_random},
    {"threads-in-turn", threads_in_turn},
    {"thousand-threads", thousand_threads},
    {"fill-free-elsewhere", one_fills_another_frees},
    {"threads-churn", threads_churn},
    {"calloc", calloc_blocks},
    {"aligned", aligned},
    {"fork-child", fork_child},
}};

long figure(const char* text, const char* name) {
  const char* const found = std::strstr(text, name);
  return found != nullptr ? std::strtol(found + std::strlen(name), nullptr, 10) : -1;
}

void print_figures() {
  char text[4096];
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const ssize_t length = read(file, text, sizeof text - 1);
  if (length <= 0) std::abort();
  text[length] = '\0';
  const int written =
      std::snprintf(text, sizeof text, "%ld %ld\n", figure(text, "VmHWM:"), figure(text, "VmRSS:"));
  if (write(STDOUT_FILENO, text, static_cast<std::size_t>(written)) < 0) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "--list";
  if (wanted == "--list") {
    for (const Pattern& pattern : patterns) std::printf("%s\n", pattern.name.data());
    return 0;
  }
  const long wait_ms = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 1000;
  const auto found = std::find_if(patterns.begin(), patterns.end(),
                                  [&](const Pattern& pattern) { return pattern.name == wanted; });
  if (found == patterns.end()) return 2;
  found->run();
  std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
  print_figures();
  return 0;
}
