// SETQUOTA (RFC 9208 section 4.1.3): limits are the administrator's, so QUOTASET is not announced and nobody may.
#include "imap/commands.h"
#include "imap/grammar.h"

namespace yubin::imap {

namespace {

// setquota = "SETQUOTA" SP quota-root-name SP setquota-list
// setquota-list = "(" [setquota-resource *(SP setquota-resource)] ")"
Result<> setquota_arguments(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY_VOID(astring(cursor));
  TRY_VOID(space(cursor));
  TRY_VOID(expect(cursor, "(", "The ( of the list of limits"));
  for (bool first = true; cursor.peek() != ')'; first = false) {
    if (!first) TRY_VOID(space(cursor));
    TRY_VOID(atom(cursor));
    TRY_VOID(space(cursor));
    TRY_VOID(number64(cursor));
  }
  TRY_VOID(expect(cursor, ")", "The ) of the list of limits"));
  return end_of_command(cursor);
}

}  // namespace

Task<Reply> cmd_setquota(Context&, Cursor cursor) {
  if (Result<> arguments = setquota_arguments(cursor); !arguments) co_return bad_syntax(arguments.error());
  co_return no("NOPERM", "Quotas are set by the administrator.");
}

}  // namespace yubin::imap
