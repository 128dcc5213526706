// A library that a C program opens: it brings the C++ runtime along, after the program began.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

namespace {

/// Allocates and frees while its thread ends.
struct Keeper {
  std::vector<std::string> words;
  ~Keeper() {
    words.emplace_back(100, 'x');
    words.clear();
  }
};

thread_local Keeper keeper;

[[noreturn]] void throwing_handler() {
  throw std::bad_alloc();
}

std::size_t much() {
  volatile std::size_t hidden = SIZE_MAX / 2 + 1;
  return hidden;
}

bool throws() {
  try {
    ::operator delete(::operator new(much()));
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

}  // namespace

extern "C" void use_plugin(void* block, void** another) {
  std::free(block);
  *another = std::malloc(100);
  for (int i = 0; i < 100; ++i) keeper.words.push_back(std::string(30, 'y') + std::to_string(i));
  std::printf("new throws: %d\n", throws() ? 1 : 0);
  std::set_new_handler(&throwing_handler);
  std::printf("with a handler that throws: %d\n", throws() ? 1 : 0);
  std::printf("nothrow: %d\n", ::operator new(much(), std::nothrow) == nullptr ? 1 : 0);
  std::printf("over: %d\n", std::uncaught_exceptions() == 0 ? 1 : 0);
  std::set_new_handler(nullptr);
}
