// What a program that runs under libpower_cut.so may ask of it (power_cut.cpp).
#pragma once

namespace yubin::faults {

// Faults that end the process, beside any errno.
inline constexpr int kPowerCut = -1;  // what was not synced is gone
inline constexpr int kTorn = -2;      // half of what was not synced is gone
inline constexpr int kKilled = -3;    // all that was written is there, as after kill -9

}  // namespace yubin::faults

extern "C" {
// Watches the files below the folder from now on; what is there is synced.
void power_cut_watch(char const* folder);
// From now on calls that change something there are counted; number `at` (the first is 1) fails with this errno, or
// ends the process. `at` 0: only counts.
void power_cut_arm(long at, int fault);
// Since arming: calls, syncs among them, and bytes written.
long power_cut_calls();
long power_cut_syncs();
long power_cut_written();
// Not 0: this thread is in it just now.
int power_cut_inside();
// Ends the process; what was not synced is gone.
[[noreturn]] void power_cut_now();
}
