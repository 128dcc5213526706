#pragma once
// What the library shows to others: the C interface. Everything else is compiled with hidden
// visibility. Each source of the core is compiled with this header in front of it.

#pragma GCC visibility push(default)
#include "core/include/microheap.h"
#pragma GCC visibility pop
