#include <microheap.h>

#include <cstring>
#include <memory>
#include <string>

namespace {

struct Free {
  void operator()(char* block) const { my_free(block); }
};

}  // namespace

int main() {
  const std::string text = "a string in MicroHeap's memory";
  const std::unique_ptr<char, Free> copy(static_cast<char*>(my_malloc(text.size() + 1)));
  std::memcpy(copy.get(), text.c_str(), text.size() + 1);
  mh_stats stats{};
  mh_get_stats(nullptr, &stats);
  return copy.get() == text && stats.requested == text.size() + 1 ? 0 : 1;
}
