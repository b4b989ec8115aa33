#include "imap/append_grammar.h"

namespace yubin::imap {

Result<std::string> append_mailbox(Cursor& cursor) {
  TRY_VOID(space(cursor));
  return mailbox(cursor);
}

// append-message = [SP flag-list] [SP date-time] SP append-data; append-data = literal / literal8 / "UTF8" SP "("
// literal8
Result<MessageHead> message_head(Cursor& cursor) {
  MessageHead head;
  TRY_VOID(space(cursor));
  if (cursor.peek() == '(') {
    TRY(head.flags, flag_list(cursor));
    TRY_VOID(space(cursor));
  }
  if (cursor.peek() == '"') {
    TRY(head.date, date_time(cursor));
    TRY_VOID(space(cursor));
  }
  head.utf8 = cursor.skip("UTF8 (");
  TRY(head.literal, literal_head(cursor));
  if (head.utf8 && !head.literal.binary) return fail(Errc::syntax, "In UTF8 () a literal8 has to stand");
  TRY_VOID(end_of_command(cursor));
  return head;
}

}  // namespace yubin::imap
