// Prints what operator new promises, one fact a line, as malloc_facts.c does for malloc.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace {

struct alignas(128) Wide {
  char bytes[200];
};

int calls_of_handler = 0;

void handler() {
  if (++calls_of_handler == 3) std::set_new_handler(nullptr);
}

[[noreturn]] void throwing_handler() {
  throw std::bad_alloc();
}

struct Other {};

[[noreturn]] void handler_that_throws_something_else() {
  throw Other();
}

std::size_t plain(std::size_t value) {
  volatile std::size_t hidden = value;
  return hidden;
}

void say(const char* what, bool holds) {
  std::printf("%s: %d\n", what, holds ? 1 : 0);
}

bool throws(std::size_t size) {
  try {
    ::operator delete(::operator new(size));
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  const std::size_t much = plain(SIZE_MAX / 2 + 1);
  say("new throws", throws(much));
  say("nothrow does not", ::operator new(much, std::nothrow) == nullptr);
  say("nor with an alignment",
      ::operator new[](much, std::align_val_t{64}, std::nothrow) == nullptr);
  std::set_new_handler(&handler);
  say("the handler is asked", throws(much) && calls_of_handler == 3);
  std::set_new_handler(&throwing_handler);
  say("what a handler throws", throws(much));
  say("is caught", ::operator new(much, std::nothrow) == nullptr);
  say("with an alignment too",
      ::operator new[](much, std::align_val_t{64}, std::nothrow) == nullptr);
  std::set_new_handler(&handler_that_throws_something_else);
  say("whatever it is", ::operator new[](much, std::nothrow) == nullptr);
  say("and is over", std::uncaught_exceptions() == 0 && std::current_exception() == nullptr);
  std::set_new_handler(nullptr);
  say("new of nothing", !throws(0));
  auto* const wide = new Wide[3];
  say("aligned", reinterpret_cast<std::uintptr_t>(wide) % 128 == 0);
  delete[] wide;
  delete new Wide;
  ::operator delete (::operator new(100), std::size_t{100});
  ::operator delete (::operator new (100, std::align_val_t{4096}), std::size_t{100},
                     std::align_val_t{4096});
  ::operator delete[](::operator new[](7, std::nothrow), std::nothrow);
  ::operator delete(nullptr);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> words(8);
  for (auto& list : words) {
    threads.emplace_back([&list] {
      for (int i = 0; i < 2000; ++i) list.push_back(std::string(20, 'x') + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t letters = 0;
  for (const auto& list : words) {
    for (const std::string& word : list) letters += word.size();
  }
  std::printf("letters: %zu\n", letters);
}
