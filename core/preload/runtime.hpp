#pragma once
// The C++ runtime of the program, as far as operator new needs it. The library does not link it, so
// that C programs do not have to load it; a program that calls operator new has it, from its start
// or since it opened a library that needs it.

#include <new>

namespace mh::preload {

/// nullptr if there is none.
std::new_handler runtime_new_handler();
[[noreturn]] void throw_bad_alloc();
/// Calls handler. False if it threw something, which is caught then.
bool call_and_catch(std::new_handler handler);

}  // namespace mh::preload
