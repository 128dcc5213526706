// Workloads of the well-known kinds, written anew, for whatever malloc the process has. Each does
// the same work whoever serves it; who measures is allocators.py.
//
//   alloc_workloads NAME    one of the names below; --list prints them
//   alloc_workloads --measure FILE LIBRARY COMMAND...
//                           runs COMMAND with LIBRARY preloaded ("" for none) and writes into FILE
//                           what it took: seconds, seconds of CPU, greatest KiB of memory
//
// The greatest memory of a process includes what its parent had when it forked: therefore a small
// program starts and measures the others.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace {

/// xorshift64*: quick, so that the workload does not measure it.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545f4914f6cdd1dU) >> 16;
  }
  /// 0 to bound - 1.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

/// A block whose first and last byte are written, as a program would.
char* get(std::size_t size) {
  auto* const p = static_cast<char*>(std::malloc(size));
  if (p == nullptr) std::abort();
  p[0] = 1;
  p[size - 1] = 2;
  return p;
}

/// Most are small, a few are not: the sizes that sh6bench and sh8bench ask for, roughly.
std::size_t mixed_size(Random& random) {
  const std::size_t dice = random.below(100);
  if (dice < 50) return 1 + random.below(64);
  if (dice < 85) return 1 + random.below(256);
  if (dice < 98) return 1 + random.below(1024);
  return 1 + random.below(8192);
}

template <typename Work>
void in_threads(unsigned count, Work work) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

// ---- thread-local churn: a set of live blocks, of which a random one is replaced

void churn(unsigned seed, std::size_t live, std::size_t rounds) {
  Random random(seed + 1);
  std::vector<char*> blocks(live, nullptr);
  for (std::size_t i = 0; i < rounds; ++i) {
    char*& block = blocks[random.below(live)];
    std::free(block);
    block = get(16 + random.below(240));
  }
  for (char* block : blocks) std::free(block);
}

void churn_one() {
  churn(0, 4000, 12'000'000);
}

void churn_threads() {
  in_threads(4, [](unsigned i) { churn(i, 2000, 5'000'000); });
}

// ---- larson: a server. Each thread replaces blocks at random, then a new thread goes on with them

void larson() {
  in_threads(4, [](unsigned i) {
    constexpr std::size_t live = 1000;
    std::vector<char*> blocks(live, nullptr);
    for (unsigned generation = 0; generation < 20; ++generation) {
      std::thread([&blocks, i, generation] {
        Random random(i * 100 + generation + 1);
        for (std::size_t k = 0; k < 150'000; ++k) {
          char*& block = blocks[random.below(live)];
          std::free(block);
          block = get(8 + random.below(992));
        }
      }).join();
    }
    for (char* block : blocks) std::free(block);
  });
}

// ---- xmalloc: what some threads allocate others free

class Belt {
 public:
  using Batch = std::array<char*, 120>;

  void put(Batch batch) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return batches_.size() < 64; });
    batches_.push_back(batch);
    goods_.notify_one();
  }
  bool take(Batch& batch) {
    std::unique_lock lock(mutex_);
    goods_.wait(lock, [this] { return !batches_.empty() || closed_; });
    if (batches_.empty()) return false;
    batch = batches_.front();
    batches_.pop_front();
    room_.notify_one();
    return true;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    goods_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable goods_;
  std::condition_variable room_;
  std::deque<Batch> batches_;
  bool closed_ = false;
};

void xmalloc() {
  Belt belt;
  std::atomic<unsigned> producing = 2;
  in_threads(4, [&](unsigned i) {
    if (i % 2 == 1) {
      Belt::Batch batch;
      while (belt.take(batch)) {
        for (char* block : batch) std::free(block);
      }
      return;
    }
    Random random(i + 1);
    for (int n = 0; n < 50'000; ++n) {
      Belt::Batch batch;
      for (char*& block : batch) block = get(16 + random.below(400));
      belt.put(batch);
    }
    if (--producing == 0) belt.close();
  });
}

// ---- sh6bench, sh8bench: batches of mixed sizes, freed in order, in reverse, or later

void batches(unsigned seed, unsigned rounds) {
  Random random(seed + 1);
  std::vector<char*> kept;
  std::vector<char*> batch;
  for (unsigned round = 0; round < rounds; ++round) {
    batch.clear();
    for (int i = 0; i < 3000; ++i) batch.push_back(get(mixed_size(random)));
    const unsigned kind = round % 4;
    if (kind == 0) {
      for (char* block : batch) std::free(block);
    } else if (kind == 1) {
      for (std::size_t i = batch.size(); i-- > 0;) std::free(batch[i]);
    } else {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (i % 4 == kind) {
          kept.push_back(batch[i]);
        } else {
          std::free(batch[i]);
        }
      }
    }
    if (kept.size() > 20'000) {
      for (char* block : kept) std::free(block);
      kept.clear();
    }
  }
  for (char* block : kept) std::free(block);
}

void sh6() {
  batches(0, 3000);
}

void sh8() {
  in_threads(4, [](unsigned i) { batches(i, 800); });
}

// ---- cache-scratch, cache-thrash (Berger et al., Hoard, 2000): false sharing

void use(char* block, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    for (int k = 0; k < 8; ++k) {
      volatile char* const byte = block + k;
      *byte = static_cast<char>(*byte + 1);
    }
  }
}

void cache_scratch() {
  std::array<char*, 2> given{};
  for (char*& block : given) block = get(8);
  in_threads(2, [&given](unsigned i) {
    std::free(given[i]);
    for (int n = 0; n < 60'000; ++n) {
      char* const block = get(8);
      use(block, 1000);
      std::free(block);
    }
  });
}

void cache_thrash() {
  in_threads(2, [](unsigned) {
    for (int n = 0; n < 60'000; ++n) {
      char* const block = get(8);
      use(block, 1000);
      std::free(block);
    }
  });
}

// ---- many small objects of one size: a list is built and taken down

struct Node {
  Node* next;
  std::uint64_t value[3];
};

void one_size() {
  for (int round = 0; round < 6; ++round) {
    Node* list = nullptr;
    for (int i = 0; i < 1'500'000; ++i) {
      auto* const node = static_cast<Node*>(std::malloc(sizeof(Node)));
      node->next = list;
      node->value[0] = static_cast<std::uint64_t>(i);
      list = node;
    }
    while (list != nullptr) {
      Node* const next = list->next;
      std::free(list);
      list = next;
    }
  }
}

// ---- trees with operator new and delete, as symbolic programs build them

struct Tree {
  Tree* left = nullptr;
  Tree* right = nullptr;
};

Tree* build(unsigned depth) {
  auto* const tree = new Tree;
  if (depth != 0) {
    tree->left = build(depth - 1);
    tree->right = build(depth - 1);
  }
  return tree;
}

void destroy(Tree* tree) {
  if (tree == nullptr) return;
  destroy(tree->left);
  destroy(tree->right);
  delete tree;
}

void trees() {
  Tree* const lasting = build(18);
  for (unsigned depth = 4; depth <= 18; depth += 2) {
    for (unsigned i = 0; i < 1U << (19 - depth); ++i) destroy(build(depth));
  }
  destroy(lasting);
}

// ---- realloc growth: buffers that grow by and by, many at once

void realloc_growth() {
  Random random(7);
  struct Buffer {
    char* bytes = nullptr;
    std::size_t size = 0;
  };
  std::vector<Buffer> buffers(200);
  for (int i = 0; i < 1'500'000; ++i) {
    Buffer& buffer = buffers[random.below(buffers.size())];
    if (buffer.size > 200'000) {
      std::free(buffer.bytes);
      buffer = {};
    }
    const std::size_t grown = buffer.size + 8 + buffer.size / 8;
    buffer.bytes = static_cast<char*>(std::realloc(buffer.bytes, grown));
    std::memset(buffer.bytes + buffer.size, 1, grown - buffer.size);
    buffer.size = grown;
  }
  for (Buffer& buffer : buffers) std::free(buffer.bytes);
}

// ---- large blocks, of which a part is touched

void large() {
  Random random(9);
  std::vector<char*> blocks(40, nullptr);
  for (int i = 0; i < 150'000; ++i) {
    char*& block = blocks[random.below(blocks.size())];
    std::free(block);
    const std::size_t size = (std::size_t{16} << 10) << random.below(8);
    block = static_cast<char*>(std::malloc(size));
    for (std::size_t at = 0; at < size && at < 64 * 1024; at += 4096) block[at] = 1;
  }
  for (char* block : blocks) std::free(block);
}

// ---- strings and vectors that live for different times, in threads that hand some over

void objects() {
  std::array<std::mutex, 16> locks;
  std::array<std::vector<std::vector<char>>, 16> shelves;
  in_threads(4, [&](unsigned i) {
    Random random(i + 11);
    std::vector<std::vector<char>> own;
    for (int n = 0; n < 1'000'000; ++n) {
      own.emplace_back(1 + random.below(random.below(16) == 0 ? 5000 : 120), 'x');
      if (own.size() < 500) continue;
      const std::size_t shelf = random.below(shelves.size());
      const std::lock_guard guard(locks[shelf]);
      own.swap(shelves[shelf]);
      own.clear();
    }
  });
}

struct Workload {
  std::string_view name;
  void (*run)();
};

constexpr std::array<Workload, 13> workloads{{
    {"churn", churn_one},
    {"churn-threads", churn_threads},
    {"larson", larson},
    {"xmalloc", xmalloc},
    {"sh6", sh6},
    {"sh8", sh8},
    {"cache-scratch", cache_scratch},
    {"cache-thrash", cache_thrash},
    {"one-size", one_size},
    {"trees", trees},
    {"realloc-growth", realloc_growth},
    {"large", large},
    {"objects", objects},
}};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int measure(const char* file, const char* library, char** command) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    if (library[0] != '\0') setenv("LD_PRELOAD", library, 1);
    execv(command[0], command);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (std::FILE* const out = std::fopen(file, "w"); out != nullptr) {
    std::fprintf(out, "%f %f %ld\n", wall.count(),
                 seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss);
    std::fclose(out);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "--list";
  if (wanted == "--measure" && argc > 4) return measure(argv[2], argv[3], argv + 4);
  for (const Workload& workload : workloads) {
    if (wanted == "--list") std::printf("%s\n", workload.name.data());
    if (wanted != workload.name) continue;
    workload.run();
    return 0;
  }
  return wanted == "--list" ? 0 : 2;
}
