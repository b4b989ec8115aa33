// ENABLE (RFC 9051 section 6.3.1). Nothing that has to be enabled is announced yet, so the answer is an empty list.
#include "imap/commands.h"
#include "imap/grammar.h"

namespace yubin::imap {

namespace {

// enable = "ENABLE" 1*(SP capability)
Result<> enable_arguments(Cursor& cursor) {
  do {
    TRY_VOID(space(cursor));
    TRY_VOID(atom(cursor));
  } while (!cursor.at_end());
  return {};
}

}  // namespace

Task<Reply> cmd_enable(Context& context, Cursor cursor) {
  if (Result<> read = enable_arguments(cursor); !read) co_return bad_syntax(read.error());
  context.out += "* ENABLED\r\n";
  co_return ok("ENABLE completed.");
}

}  // namespace yubin::imap
