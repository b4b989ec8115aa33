#include "imap/response.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"
#include "imap/grammar.h"
#include "imap/mutf7.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kMaxQuoted = 1000;  // bytes; RFC 2683 section 3.2.1.5: lines of clients and servers have limits

// What of a text decides how it is put. All is looked at at once and without a branch for each byte, since a listing
// consists of such texts.
struct Contents {
  bool nul = false;
  bool unquotable = false;  // 8-bit, CR, LF
  bool escaped = false;     // needs a backslash
};
Contents contents(std::string_view text) {
  Contents found;
  for (char const c : text) {
    found.nul |= c == '\0';
    found.unquotable |= static_cast<unsigned char>(c) >= 0x80 || c == '\r' || c == '\n';
    found.escaped |= c == '"' || c == '\\';
  }
  return found;
}

std::string_view to_text(Reply::Status status) {
  switch (status) {
    case Reply::Status::ok:
      return "OK";
    case Reply::Status::no:
      return "NO";
    case Reply::Status::bad:
      return "BAD";
  }
  return "BAD";
}

void put_state(std::string& out, std::string_view status, std::string_view code, std::string_view text) {
  out += status;
  if (!code.empty()) append_format(out, " [{}]", code);
  append_format(out, " {}\r\n", text);
}

void put_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

struct NamedFlag {
  store::SystemFlag flag;
  std::string_view name;
};
constexpr NamedFlag kFlagNames[] = {{store::SystemFlag::answered, "\\Answered"},
                                    {store::SystemFlag::flagged, "\\Flagged"},
                                    {store::SystemFlag::deleted, "\\Deleted"},
                                    {store::SystemFlag::seen, "\\Seen"},
                                    {store::SystemFlag::draft, "\\Draft"}};

}  // namespace

Reply bad_syntax(Error const& error) {
  return bad(error.detail + ".");
}

Reply failure(Error const& error) {
  switch (error.code) {
    case Errc::not_found:
      return no("NONEXISTENT", "There is no such mailbox.");
    case Errc::conflict:
      return no("ALREADYEXISTS", "There is such a mailbox already.");
    case Errc::denied:
      return no("NOPERM", "That is not permitted.");
    case Errc::limit:
      return no("LIMIT", "A limit is reached.");
    case Errc::syntax:
      return no("CANNOT", "The name is not one that a mailbox can have.");
    case Errc::corrupt:
      return no("CORRUPTION", "What is stored cannot be read; the administrator has to look into the log.");
    case Errc::temporary:
      return no("UNAVAILABLE", "That is not possible now; try again later.");
    case Errc::internal:
      return no("SERVERBUG", "The server made a mistake.");
  }
  return no("SERVERBUG", "The server made a mistake.");
}

Reply failure_of_adding(Error const& error) {
  if (error.code == Errc::denied) return no("OVERQUOTA", "There is no room for it: the account's quota is used up.");
  return failure(error);
}

void put_tagged(std::string& out, std::string_view tag, Reply const& reply) {
  out += tag;
  out += ' ';
  put_state(out, to_text(reply.status), reply.code, reply.text);
}

void put_untagged(std::string& out, std::string_view status, std::string_view code, std::string_view text) {
  out += "* ";
  put_state(out, status, code, text);
}

void put_string(std::string& out, std::string_view text) {
  Contents const found = contents(text);
  if (found.nul) {
    std::string without(text);
    std::erase(without, '\0');
    return put_string(out, without);
  }
  if (text.size() > kMaxQuoted || found.unquotable) {
    put_literal_head(out, text.size());
    out += text;
  } else if (found.escaped) {
    put_quoted(out, text);
  } else {
    out += '"';
    out += text;
    out += '"';
  }
}

void put_nstring(std::string& out, std::optional<std::string> const& text) {
  if (text) {
    put_string(out, *text);
  } else {
    out += "NIL";
  }
}

void put_astring(std::string& out, std::string_view text) {
  // NIL as an atom would read as "none" to a client that expects an nstring.
  if (!text.empty() && std::ranges::all_of(text, is_astring_char) && !iequals(text, "NIL")) {
    out += text;
  } else {
    put_string(out, text);
  }
}

void put_mailbox(std::string& out, std::string_view utf8, NameForm form) {
  if (form == NameForm::mutf7) return put_astring(out, encode_mutf7(utf8));
  bool const quotable = std::ranges::none_of(utf8, [](char c) { return c == '\r' || c == '\n'; });
  if (!quotable || utf8.empty() || std::ranges::all_of(utf8, is_astring_char)) return put_astring(out, utf8);
  put_quoted(out, utf8);
}

std::string email_id(store::MessageId id) {
  return "M" + id.text();
}

std::string thread_id(store::ThreadId id) {
  return "T" + id.text();
}

std::string mailbox_id(UniqueId id) {
  return "F" + id.text();
}

void put_literal_head(std::string& out, std::uint64_t size) {
  append_format(out, "{{{}}}\r\n", size);
}

void put_flags(std::string& out, store::SystemFlags flags, std::vector<store::KeywordId> const& keywords,
               std::vector<std::string> const& names) {
  out += '(';
  std::string_view separator;
  auto put = [&](std::string_view name) {
    out += separator;
    out += name;
    separator = " ";
  };
  for (NamedFlag const& f : kFlagNames) {
    if (flags.has(f.flag)) put(f.name);
  }
  for (store::KeywordId id : keywords) {
    if (id.value() < names.size()) put(names[id.value()]);
  }
  out += ')';
}

void put_date_time(std::string& out, std::int64_t seconds, std::int32_t zone) {
  mime::DateTime date{std::chrono::sys_seconds(std::chrono::seconds(seconds)), std::chrono::minutes(zone)};
  append_format(out, "\"{}\"", mime::format_internal_date(date));
}

void put_uid_set(std::string& out, std::vector<store::Uid> const& uids) {
  std::string_view separator;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t end = i + 1;
    while (end < uids.size() && uids[end] == uids[end - 1].next()) ++end;
    append_format(out, "{}{}", separator, uids[i].value());
    if (end - i > 1) append_format(out, ":{}", uids[end - 1].value());
    separator = ",";
    i = end;
  }
}

}  // namespace yubin::imap
