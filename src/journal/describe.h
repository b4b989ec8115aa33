// Entries for people, as `yubin trace` prints them.
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
// In both, a text that a peer sent and that holds controls or invalid UTF-8 is quoted, so it cannot write to the
// terminal.
std::string describe(Entry const& entry);

// One line for a list, without its end: time in this machine's zone, id, service, verdict, and who, from where, to
// whom:
//
//   2026-10-04T21:34:56+09:00  0c4v…  mx      accepted  192.0.2.1  <a@client.example> -> <hanako@example.test>  +2
std::string summarize(Entry const& entry);

}  // namespace yubin::journal
