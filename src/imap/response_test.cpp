#include "imap/response.h"

#include <gtest/gtest.h>

#include "imap/grammar.h"
#include "imap/structure_response.h"

namespace yubin::imap {
namespace {

using namespace std::string_literals;

template <class Put, class... Args>
std::string put(Put put_it, Args const&... args) {
  std::string out;
  put_it(out, args...);
  return out;
}

TEST(Response, StringsAreQuotedOrLiterals) {
  EXPECT_EQ(put(put_string, ""s), "\"\"");
  EXPECT_EQ(put(put_string, R"(a "b" \c)"s), R"("a \"b\" \\c")");
  EXPECT_EQ(put(put_string, "a\r\nb"s), "{4}\r\na\r\nb");
  EXPECT_EQ(put(put_string, "\xe6\x97\xa5"s), "{3}\r\n\xe6\x97\xa5");
  EXPECT_EQ(put(put_string, "a\0b"s), "\"ab\"");
  EXPECT_EQ(put(put_string, std::string(1001, 'x')).substr(0, 8), "{1001}\r\n");
  EXPECT_EQ(put(put_astring, "INBOX"s), "INBOX");
  EXPECT_EQ(put(put_astring, "nil"s), "\"nil\"");
  EXPECT_EQ(put(put_astring, "a b"s), "\"a b\"");
  EXPECT_EQ(put(put_nstring, std::optional<std::string>()), "NIL");
}

TEST(Response, WhatIsWrittenIsRead) {
  for (std::string const& text : {"", "NIL", "a]b", "a\\", "\"", "x\r\n", "\xff", "(", "{5}"}) {
    std::string out = put(put_astring, text);
    Cursor cursor(out);
    EXPECT_EQ(astring(cursor).value(), text);
    EXPECT_TRUE(cursor.at_end());
  }
}

TEST(Response, FlagsAndSets) {
  auto flags = store::SystemFlags(store::SystemFlag::seen).with(store::SystemFlag::answered);
  std::vector<store::KeywordId> const keywords = {store::KeywordId(1), store::KeywordId(7)};
  std::vector<std::string> const names = {"a", "b"};
  EXPECT_EQ(put(put_flags, flags, keywords, names), "(\\Answered \\Seen b)");
  using store::Uid;
  EXPECT_EQ(put(put_uid_set, std::vector{Uid(4), Uid(6), Uid(7), Uid(8), Uid(3)}), "4,6:8,3");
  EXPECT_EQ(put(put_uid_set, std::vector<Uid>()), "");
}

// RFC 5530 section 3. No client can provoke the last three.
TEST(Response, SaysWhatFailed) {
  EXPECT_EQ(failure({Errc::not_found, "x"}).code, "NONEXISTENT");
  EXPECT_EQ(failure({Errc::conflict, "x"}).code, "ALREADYEXISTS");
  EXPECT_EQ(failure({Errc::denied, "x"}).code, "NOPERM");
  EXPECT_EQ(failure_of_adding({Errc::denied, "x"}).code, "OVERQUOTA");
  EXPECT_EQ(failure({Errc::limit, "x"}).code, "LIMIT");
  EXPECT_EQ(failure({Errc::temporary, "x"}).code, "UNAVAILABLE");
  EXPECT_EQ(failure({Errc::corrupt, "x"}).code, "CORRUPTION");
  EXPECT_EQ(failure({Errc::internal, "x"}).code, "SERVERBUG");
}

TEST(Response, Tagged) {
  EXPECT_EQ(put(put_tagged, "a1"s, ok("CODE 1", "Done.")), "a1 OK [CODE 1] Done.\r\n");
  EXPECT_EQ(put(put_tagged, "*"s, bad("No.")), "* BAD No.\r\n");
}

// RFC 9051 section 7.5.2: a group has host NIL, so an address without a domain must not.
TEST(Response, EnvelopeAddresses) {
  using Kind = mime::ListedAddress::Kind;
  mime::Envelope envelope;
  envelope.subject = "s";
  envelope.from = {{.name = "A B", .local_part = "a", .domain = "b.example"}};
  envelope.to = {{.kind = Kind::group_begin, .name = "group"}, {.local_part = "local"}, {.kind = Kind::group_end}};
  EXPECT_EQ(put(put_envelope, envelope),
            "(NIL \"s\" ((\"A B\" NIL \"a\" \"b.example\")) ((\"A B\" NIL \"a\" \"b.example\")) "
            "((\"A B\" NIL \"a\" \"b.example\")) ((NIL NIL \"group\" NIL)(NIL NIL \"local\" \"\")(NIL NIL NIL NIL)) "
            "NIL NIL NIL NIL)");
}

}  // namespace
}  // namespace yubin::imap
