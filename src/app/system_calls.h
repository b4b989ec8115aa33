// seccomp (seccomp(2)): the system calls that a mail server has no use for, and a burglar does. For sandbox.cpp.
#pragma once

#include "base/result.h"

namespace yubin::app {

// They fail with EPERM from now on, in all threads; other architectures' calls end the process. Needs no_new_privs.
//
// A list of what is forbidden, not of what is allowed: a library's next version may use a new call, and a mail server
// that dies of an update is worse than one that may ask for the time in yet another way.
Result<> forbid_system_calls();

}  // namespace yubin::app
