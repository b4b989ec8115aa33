// An entry for people, as `yubin trace` prints it.
#pragma once

#include <string>

#include "journal/journal.h"

namespace yubin::journal {

// Several lines, names and values in two columns, each line ended by LF; what the entry does not say is left out:
//
//   2026-10-04T12:34:56.123456Z  message  0c4v…  accepted
//     service     mx
//     peer        192.0.2.1
//     to          <hanako@example.test>  delivered 2.0.0: INBOX
//
// A text that a peer sent and that holds controls or invalid UTF-8 is quoted, so it cannot write to the terminal.
std::string describe(Entry const& entry);

}  // namespace yubin::journal
