// An allocation that fails: the program's operator new, which counts.
#pragma once

namespace yubin::faults {

// Number `at` from now on (the first is 1) fails, and no other. Any thread's.
void fail_allocation(long at);
// From now on none does. True: one did.
bool end_of_allocations();

}  // namespace yubin::faults
