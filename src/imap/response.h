// What the server says: tagged replies, and the forms in which strings, flags and dates stand in responses. All append
// to a string; none leaves a CR or LF outside a literal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "imap/cursor.h"
#include "store/types.h"

namespace yubin::imap {

// The end of a command (RFC 9051 section 7.1).
struct Reply {
  enum class Status { ok, no, bad };
  Status status = Status::ok;
  std::string code;  // without brackets, may be empty
  std::string text;  // one sentence, ASCII
};
inline Reply ok(std::string text) {
  return {Reply::Status::ok, {}, std::move(text)};
}
inline Reply ok(std::string code, std::string text) {
  return {Reply::Status::ok, std::move(code), std::move(text)};
}
inline Reply no(std::string text) {
  return {Reply::Status::no, {}, std::move(text)};
}
inline Reply no(std::string code, std::string text) {
  return {Reply::Status::no, std::move(code), std::move(text)};
}
inline Reply bad(std::string text) {
  return {Reply::Status::bad, {}, std::move(text)};
}
// The grammar's error as the client hears it.
Reply bad_syntax(Error const& error);
// What a client hears of a failure of the world: chosen from the code, with RFC 5530's response codes.
Reply failure(Error const& error);
// Of what puts messages into a mailbox: denied means over the account's quota (RFC 9208 section 4.3.1).
Reply failure_of_adding(Error const& error);

void put_tagged(std::string& out, std::string_view tag, Reply const& reply);
// `* OK [code] text`; status is "OK", "NO", "BYE".
void put_untagged(std::string& out, std::string_view status, std::string_view code, std::string_view text);

// A quoted string if that can hold it and it is short, else a literal. NUL, which neither can hold, is left out.
void put_string(std::string& out, std::string_view text);
void put_nstring(std::string& out,
                 std::optional<std::string> const& text);  // NIL if there is none
void put_astring(std::string& out,
                 std::string_view text);  // an atom where possible
void put_mailbox(std::string& out, std::string_view utf8, NameForm form);
// Identifiers as clients see them (RFC 8474): one letter, so that none begins with a digit, and ours.
std::string email_id(store::MessageId id);
std::string thread_id(store::ThreadId id);
std::string mailbox_id(UniqueId id);

void put_literal_head(std::string& out, std::uint64_t size);

// `(\Seen work)`
void put_flags(std::string& out, store::SystemFlags flags, std::vector<store::KeywordId> const& keywords,
               std::vector<std::string> const& names);
// `" 1-Feb-2024 10:00:00 +0900"` in quotes.
void put_date_time(std::string& out, std::int64_t seconds, std::int32_t zone);

// UIDs as a set, ranges joined where they run on: `4,6:9`. Keeps their order.
void put_uid_set(std::string& out, std::vector<store::Uid> const& uids);

}  // namespace yubin::imap
