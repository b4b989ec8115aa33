// Allocations that are counted, and one that fails: the program's operator new.
#pragma once

namespace yubin::faults {

// Number `at` from now on (the first is 1) fails, and no other. Any thread's.
void fail_allocation(long at);
// From now on none does. True: one did.
bool end_of_allocations();

// They are only counted from now on, until the number is asked for.
void count_allocations();
long counted_allocations();

}  // namespace yubin::faults
