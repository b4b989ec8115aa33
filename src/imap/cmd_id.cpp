// ID (RFC 2971): who the programs are, for people who read logs.
#include "imap/commands.h"
#include "imap/grammar.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kMaxFields = 30;  // RFC 2971 section 3.3

// id_params_list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
Result<> id_parameters(Cursor& cursor) {
  TRY_VOID(space(cursor));
  if (cursor.skip("NIL")) return end_of_command(cursor);
  TRY_VOID(expect(cursor, "(", "The ( of the list"));
  for (std::size_t count = 0; !cursor.skip(")"); ++count) {
    if (count == kMaxFields) return fail(Errc::limit, "There are more than 30 fields");
    if (count > 0) TRY_VOID(space(cursor));
    TRY_VOID(string(cursor));
    TRY_VOID(space(cursor));
    TRY_VOID(nstring(cursor));
  }
  return end_of_command(cursor);
}

}  // namespace

Task<Reply> cmd_id(Context& context, Cursor cursor) {
  if (Result<> read = id_parameters(cursor); !read) co_return bad_syntax(read.error());
  context.out += "* ID (\"name\" \"Yubin\")\r\n";
  co_return ok("ID completed.");
}

}  // namespace yubin::imap
