// COMPRESS (RFC 4978).
#include "imap/commands.h"
#include "imap/grammar.h"

namespace yubin::imap {

namespace {

// compress = "COMPRESS" SP algorithm
Result<std::string> algorithm(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(std::string name, atom(cursor));
  TRY_VOID(end_of_command(cursor));
  return name;
}

}  // namespace

// Deviates from RFC 4978 section 5, where it may come in any state: only after login, because of what it costs in
// memory. TLS compresses nothing here (OpenSSL's is off), so the command alone decides.
Task<Reply> cmd_compress(Context& context, Cursor cursor) {
  Result<std::string> name = algorithm(cursor);
  if (!name) co_return bad_syntax(name.error());
  if (!iequals(*name, "DEFLATE")) co_return bad("There is no such way to compress.");
  if (context.compressed) co_return no("COMPRESSIONACTIVE", "DEFLATE is active already.");
  context.start_compression = true;
  co_return ok("DEFLATE is active from now on.");
}

}  // namespace yubin::imap
