#include "imap/grammar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "imap/mutf7.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kMaxKeyword = 100;  // bytes; longer ones are no labels of people

bool is_list_wildcard(char c) {
  return c == '%' || c == '*';
}

Result<std::string> quoted_string(Cursor& cursor) {
  cursor.skip("\"");
  std::string out;
  for (;;) {
    out += cursor.take_while([](char c) { return c != '"' && c != '\\'; });
    if (cursor.at_end()) return fail(Errc::syntax, "A quoted string does not end");
    if (cursor.skip("\"")) break;
    cursor.skip("\\");
    // quoted = DQUOTE *QUOTED-CHAR DQUOTE; only quoted-specials may follow a backslash.
    if (cursor.peek() != '"' && cursor.peek() != '\\')
      return fail(Errc::syntax, "In a quoted string only \" and \\ may follow a backslash");
    out += cursor.take(1);
  }
  // TEXT-CHAR is CHAR except CR and LF. The framer leaves no CR or LF in a line, but a literal may hold one.
  if (std::ranges::any_of(out, [](char c) { return c == '\r' || c == '\n'; }))
    return fail(Errc::syntax, "A quoted string holds a line end");
  return out;
}

Result<std::string> literal(Cursor& cursor) {
  TRY(LiteralHead head, literal_head(cursor));
  if (head.binary) return fail(Errc::syntax, "A literal8 cannot stand here");
  if (head.size > cursor.rest().size()) return fail(Errc::syntax, "A literal is shorter than announced");
  return std::string(cursor.take(static_cast<std::size_t>(head.size)));
}

Result<std::uint64_t> digits(Cursor& cursor, std::uint64_t most) {
  std::string_view text = cursor.take_while(is_digit);
  if (text.empty()) return fail(Errc::syntax, "A number is missing");
  std::optional<std::uint64_t> value = parse_number(text);
  if (!value || *value > most) return fail(Errc::syntax, "A number is too large");
  return *value;
}

Result<std::string> decoded_mailbox(std::string_view encoded, NameForm form) {
  if (form == NameForm::utf8) return std::string(encoded);
  std::optional<std::string> name = decode_mutf7(encoded);
  if (!name) return fail(Errc::syntax, "The mailbox name is not in modified UTF-7");
  return *std::move(name);
}

// seq-number = nz-number / "*"
Result<std::optional<std::uint32_t>> seq_number(Cursor& cursor) {
  if (cursor.skip("*")) return std::nullopt;
  TRY(std::uint32_t number, nz_number(cursor));
  return number;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// date-day "-" date-month "-" date-year
Result<std::int64_t> calendar_day(std::string_view day, Cursor& cursor) {
  TRY_VOID(expect(cursor, "-", "The - after the day"));
  std::string_view name = cursor.take(3);
  auto month = std::ranges::find_if(kMonths, [&](std::string_view m) { return iequals(m, name); });
  if (month == kMonths.end()) return fail(Errc::syntax, "The month is none of Jan to Dec");
  TRY_VOID(expect(cursor, "-", "The - after the month"));
  std::string_view year = cursor.take(4);
  std::optional<std::uint64_t> y = parse_number(year);
  std::optional<std::uint64_t> d = parse_number(day);
  if (year.size() != 4 || !y || !d) return fail(Errc::syntax, "A date is day-month-year, as in 1-Feb-2024");
  std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*y)),
                                   std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
                                   std::chrono::day(static_cast<unsigned>(*d)));
  if (!date.ok()) return fail(Errc::syntax, "There is no such date");
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct NamedFlag {
  std::string_view name;
  store::SystemFlags flags;
};
constexpr std::array kSystemFlags = {
    NamedFlag{"\\Answered", store::SystemFlag::answered}, NamedFlag{"\\Flagged", store::SystemFlag::flagged},
    NamedFlag{"\\Deleted", store::SystemFlag::deleted},   NamedFlag{"\\Seen", store::SystemFlag::seen},
    NamedFlag{"\\Draft", store::SystemFlag::draft},       NamedFlag{"\\Recent", store::SystemFlags()},
};

}  // namespace

// ATOM-CHAR = <any CHAR except atom-specials>
bool is_atom_char(char c) {
  auto byte = static_cast<unsigned char>(c);
  if (byte <= 0x20 || byte >= 0x7f) return false;
  return std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

// ASTRING-CHAR = ATOM-CHAR / resp-specials
bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}

// tag = 1*<any ASTRING-CHAR except "+">
Result<std::string> tag(Cursor& cursor) {
  std::string_view text = cursor.take_while([](char c) { return is_astring_char(c) && c != '+'; });
  if (text.empty()) return fail(Errc::syntax, "A command begins with a tag");
  return std::string(text);
}

Result<std::string> atom(Cursor& cursor) {
  std::string_view text = cursor.take_while(is_atom_char);
  if (text.empty()) return fail(Errc::syntax, "A word is missing");
  return std::string(text);
}

Result<std::string> string(Cursor& cursor) {
  if (cursor.peek() == '"') return quoted_string(cursor);
  if (cursor.peek() == '{') return literal(cursor);
  return fail(Errc::syntax, "A string in quotes or a literal is missing");
}

Result<std::string> astring(Cursor& cursor) {
  if (cursor.peek() == '"' || cursor.peek() == '{') return string(cursor);
  std::string_view text = cursor.take_while(is_astring_char);
  if (text.empty()) return fail(Errc::syntax, "A string is missing");
  return std::string(text);
}

Result<std::optional<std::string>> nstring(Cursor& cursor) {
  if (cursor.skip("NIL")) return std::nullopt;
  TRY(std::string text, string(cursor));
  return text;
}

Result<std::uint32_t> number(Cursor& cursor) {
  TRY(std::uint64_t value, digits(cursor, std::numeric_limits<std::uint32_t>::max()));
  return static_cast<std::uint32_t>(value);
}

Result<std::uint32_t> nz_number(Cursor& cursor) {
  TRY(std::uint32_t value, number(cursor));
  if (value == 0) return fail(Errc::syntax, "A number must not be 0");
  return value;
}

// RFC 9051 section 4.2: unsigned, 63 bits.
Result<std::uint64_t> number64(Cursor& cursor) {
  return digits(cursor, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

Result<LiteralHead> literal_head(Cursor& cursor) {
  bool const binary = cursor.skip("~");
  TRY_VOID(expect(cursor, "{", "A literal"));
  TRY(std::uint64_t size, number64(cursor));
  bool const synchronizing = !cursor.skip("+");
  TRY_VOID(expect(cursor, "}\r\n", "The end of a literal's size"));
  return LiteralHead{size, synchronizing, binary};
}

Result<std::string> mailbox(Cursor& cursor) {
  TRY(std::string encoded, astring(cursor));
  return decoded_mailbox(encoded, cursor.names());
}

// list-mailbox = 1*list-char / string
Result<std::string> list_mailbox(Cursor& cursor) {
  if (cursor.peek() == '"' || cursor.peek() == '{') {
    TRY(std::string pattern, string(cursor));
    return decoded_mailbox(pattern, cursor.names());
  }
  std::string_view text = cursor.take_while([](char c) { return is_astring_char(c) || is_list_wildcard(c); });
  if (text.empty()) return fail(Errc::syntax, "A mailbox pattern is missing");
  return decoded_mailbox(text, cursor.names());
}

// sequence-set = (seq-number / seq-range) ["," sequence-set]
// sequence-set =/ seq-last-command; seq-last-command = "$"
Result<SequenceSet> sequence_set(Cursor& cursor) {
  if (cursor.skip("$")) return kSavedResult;
  SequenceSet set;
  do {
    if (set.size() == cursor.limits().list) return fail(Errc::limit, "The sequence set is too long");
    TRY(std::optional<std::uint32_t> first, seq_number(cursor));
    std::optional<std::uint32_t> last = first;
    if (cursor.skip(":")) {
      TRY(last, seq_number(cursor));
    }
    set.push_back({first, last});
  } while (cursor.skip(","));
  return set;
}

Result<std::vector<store::UidRange>> uid_set(Cursor& cursor) {
  TRY(SequenceSet set, sequence_set(cursor));
  std::vector<store::UidRange> uids;
  for (SequenceRange const& range : set) {
    if (!range.first || !range.last || range.first == 0)
      return fail(Errc::syntax, "In this set of UIDs neither * nor $ may stand");
    auto const [low, high] = std::minmax(*range.first, *range.last);
    uids.push_back({store::Uid(low), store::Uid(high)});
  }
  return uids;
}

Result<store::ModSeq> mod_sequence(Cursor& cursor) {
  TRY(std::uint64_t value, number64(cursor));
  return store::ModSeq(value);
}

Result<std::string> flag_keyword(Cursor& cursor) {
  TRY(std::string keyword, atom(cursor));
  if (keyword.size() > kMaxKeyword) return fail(Errc::limit, "The keyword is over 100 bytes");
  return keyword;
}

// flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
Result<> flag(Cursor& cursor, FlagList& list) {
  if (!cursor.skip("\\")) {
    TRY(std::string keyword, flag_keyword(cursor));
    bool known = std::ranges::any_of(list.keywords, [&](std::string const& k) { return iequals(k, keyword); });
    if (!known) list.keywords.push_back(std::move(keyword));
    return {};
  }
  TRY(std::string name, atom(cursor));
  auto known = std::ranges::find_if(kSystemFlags, [&](NamedFlag f) { return iequals(f.name.substr(1), name); });
  // RFC 9051 section 9: a server must not take flag-extension from a client unless it is in a future standard.
  if (known == kSystemFlags.end()) return fail(Errc::syntax, "There is no such system flag");
  list.flags = list.flags.with(known->flags);
  return {};
}

// flag-list = "(" [flag *(SP flag)] ")"
Result<FlagList> flag_list(Cursor& cursor) {
  FlagList list;
  TRY_VOID(expect(cursor, "(", "The ( of the flag list"));
  if (cursor.skip(")")) return list;
  do {
    TRY_VOID(flag(cursor, list));
    if (list.keywords.size() > kMaxKeyword) return fail(Errc::limit, "There are too many keywords");
  } while (cursor.skip(" "));
  TRY_VOID(expect(cursor, ")", "The ) of the flag list"));
  return list;
}

Result<std::string> object_id(Cursor& cursor) {
  auto allowed = [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-'; };
  std::string_view id = cursor.take_while(allowed);
  if (id.empty() || id.size() > 255) return fail(Errc::syntax, "That is no object identifier");
  return std::string(id);
}

// partial-range-first = nz-number ":" nz-number; partial-range-last = "-"
// nz-number ":" "-" nz-number
Result<Window> partial_range(Cursor& cursor) {
  Window window;
  window.from_end = cursor.skip("-");
  TRY(window.first, nz_number(cursor));
  TRY_VOID(expect(cursor, window.from_end ? ":-" : ":", "The : of the range"));
  TRY(window.last, nz_number(cursor));
  if (window.first > window.last) std::swap(window.first, window.last);
  return window;
}

// date = date-text / DQUOTE date-text DQUOTE
Result<std::int64_t> date(Cursor& cursor) {
  bool quoted = cursor.skip("\"");
  std::string_view day = cursor.take_while(is_digit);
  if (day.empty() || day.size() > 2) return fail(Errc::syntax, "A date is day-month-year, as in 1-Feb-2024");
  TRY(std::int64_t days, calendar_day(day, cursor));
  if (quoted) TRY_VOID(expect(cursor, "\"", "The quote after the date"));
  return days;
}

// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
Result<mime::DateTime> date_time(Cursor& cursor) {
  TRY_VOID(expect(cursor, "\"", "The quote before the date"));
  std::string_view text = cursor.take_while([](char c) { return c != '"'; });
  Result<mime::DateTime> value = mime::parse_internal_date(text);
  if (!value) return fail(Errc::syntax, "A date and time is as in \" 1-Feb-2024 10:00:00 +0900\"");
  TRY_VOID(expect(cursor, "\"", "The quote after the date"));
  return *value;
}

}  // namespace yubin::imap
