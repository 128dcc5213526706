#include "core/preload/runtime.hpp"

#include <dlfcn.h>
#include <unwind.h>

#include <array>
#include <cstdlib>

#include "core/preload/options.hpp"

// std::get_new_handler() and what the runtime calls to throw std::bad_alloc, if the program began
// with them.
extern "C" {
[[gnu::weak]] std::new_handler mh_get_new_handler() noexcept asm("_ZSt15get_new_handlerv");
[[noreturn, gnu::weak]] void mh_throw_bad_alloc() asm("_ZSt17__throw_bad_allocv");
}

namespace mh::preload {

namespace {

/// A function of a runtime that came later, with a library that was opened. nullptr if there is
/// none. Only when there is no memory, or a handler threw: it takes its time.
void* find_in_runtime(const char* name) {
  constexpr std::array libraries{"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"};
  for (const char* library : libraries) {
    void* const loaded = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (loaded == nullptr) continue;
    void* const found = dlsym(loaded, name);
    dlclose(loaded);  // whoever needs it keeps it
    if (found != nullptr) return found;
  }
  return nullptr;
}

template <typename Function>
Function* find(const char* name) {
  void* found = dlsym(RTLD_DEFAULT, name);
  if (found == nullptr) found = find_in_runtime(name);
  return reinterpret_cast<Function*>(found);
}

}  // namespace

std::new_handler runtime_new_handler() {
  if (mh_get_new_handler != nullptr) return mh_get_new_handler();
  auto* const get = find<std::new_handler()>("_ZSt15get_new_handlerv");
  return get != nullptr ? get() : nullptr;
}

void throw_bad_alloc() {
  if (mh_throw_bad_alloc != nullptr) mh_throw_bad_alloc();
  if (auto* const raise = find<void()>("_ZSt17__throw_bad_allocv")) raise();
  say("microheap: operator new has no memory, and no C++ runtime to say so\n");
  std::abort();
}

bool call_and_catch(std::new_handler handler) {
  try {
    handler();
  } catch (...) {
    return false;
  }
  return true;
}

}  // namespace mh::preload

// What the compiler makes of try and catch: here these names are of this library alone, and hand on
// to the runtime that threw.
extern "C" {

[[gnu::visibility("hidden")]] _Unwind_Reason_Code mh_personality(
    int version, _Unwind_Action actions, _Unwind_Exception_Class kind, _Unwind_Exception* exception,
    _Unwind_Context* context) asm("__gxx_personality_v0");
[[gnu::visibility("hidden")]] void* mh_begin_catch(void* exception) asm("__cxa_begin_catch");
[[gnu::visibility("hidden")]] void mh_end_catch() asm("__cxa_end_catch");

_Unwind_Reason_Code mh_personality(int version, _Unwind_Action actions,
                                   _Unwind_Exception_Class kind, _Unwind_Exception* exception,
                                   _Unwind_Context* context) {
  auto* const personality = mh::preload::find<decltype(mh_personality)>("__gxx_personality_v0");
  return personality != nullptr ? personality(version, actions, kind, exception, context)
                                : _URC_CONTINUE_UNWIND;
}

void* mh_begin_catch(void* exception) {
  return mh::preload::find<decltype(mh_begin_catch)>("__cxa_begin_catch")(exception);
}

void mh_end_catch() {
  mh::preload::find<decltype(mh_end_catch)>("__cxa_end_catch")();
}
}
