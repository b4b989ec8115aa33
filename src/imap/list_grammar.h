// The arguments of LIST (RFC 9051 section 6.3.9; RFC 5258 section 6).
#pragma once

#include <string>
#include <vector>

#include "imap/cursor.h"
#include "imap/status.h"

namespace yubin::imap {

struct ListArguments {
  bool extended = false;  // options or several patterns were given
  // Selection: which mailboxes.
  bool select_subscribed = false;
  bool select_special_use = false;
  bool recursive_match = false;
  // Return: what is said of each. Children and special uses always are.
  bool return_subscribed = false;
  std::vector<StatusItem> return_status;

  std::string reference;
  std::vector<std::string> patterns;
};
Result<ListArguments> list_arguments(Cursor& cursor);

}  // namespace yubin::imap
