// Japanese subjects, names, file names and texts as they really come. Each is stored and given back byte for byte,
// reads as a person would read it, and is found by what a person would type, in whichever charset the client sends
// that.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mime/address_list.h"
#include "mime/encoded_word.h"
#include "mime/parameter.h"
#include "mime/transfer.h"
#include "tests/kit/imap_server.h"
#include "tests/kit/japanese.h"

namespace yubin::imap {
namespace {

using kit::ImapConnection;
using kit::ImapServer;

enum class Place { subject, name, file, body };

struct Case {
  Place place;
  std::string
      bytes;  // subject: the field's value; name: that of From; file: that of Content-Disposition; body: its text
  std::string text;        // what a person reads
  std::string label = "";  // body: its charset
};

constexpr std::string_view kJis = "\x1b$BEl5~\x1b(B";  // 東京
constexpr std::string_view kSjis = "\x93\x8c\x8b\x9e";
constexpr std::string_view kEuc = "\xc5\xec\xb5\xfe";

std::string b(std::string_view charset, std::string_view bytes) {
  return "=?" + std::string(charset) + "?B?" + mime::encode_base64(bytes) + "?=";
}

std::string joined(std::string_view a, std::string_view b, std::string_view c) {
  return std::string(a) + std::string(b) + std::string(c);
}

// As mailers fold them: a word for every ten characters, each with its own shifts.
std::string long_subject() {
  std::string out;
  for (int i = 0; i < 20; ++i) out += (i > 0 ? "\r\n " : "") + b("ISO-2022-JP", "\x1b$BEl5~@A5a=qEl5~@A5a\x1b(B");
  return out;
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<Case> subjects() {
  auto subject = [](std::string bytes, std::string text) {
    return Case{Place::subject, std::move(bytes), std::move(text)};
  };
  return {
      subject(b("ISO-2022-JP", kJis), "東京"),
      subject("=?iso-2022-jp?b?GyRCRWw1fhsoQg==?=", "東京"),
      subject("=?ISO-2022-JP?Q?=1B$BEl5~=1B(B?=", "東京"),
      subject(b("ISO-2022-JP", "\x1b$B-!-j-7\x1b(B"), "①㈱Ⅲ"),  // NEC row 13
      subject(b("CP50220", "\x1b$B-!-j-7\x1b(B"), "①㈱Ⅲ"),
      subject(b("cp50221", "\x1b(I12\x1b(B"), "ｱｲ"),
      subject(b("ISO-2022-JP-MS", "\x1b$B|b\x1b(B"), "髙"),  // IBM's extensions
      subject(b("ISO-2022-JP", "\x1b(I12\x1b(B"), "ｱｲ"),
      subject(b("ISO-2022-JP", "\x1b$@El5~\x1b(J"), "東京"),  // JIS C 6226, JIS X 0201
      subject(b("ISO-2022-JP", "\x1b$BEl5~"), "東京"),        // no return to ASCII
      subject(b("Shift_JIS", kSjis), "東京"),
      subject(b("x-sjis", kSjis), "東京"),
      subject(b("shift_jis", "\x87\x8a\x87\x40"), "㈱①"),
      subject(b("windows-31j", "\xfb\xfc\xfa\xb1"), "髙﨑"),
      subject(b("cp932", "\xee\xe0"), "髙"),                // NEC selected IBM extensions
      subject(b("Shift_JIS", "\x95\x5c\x8e\xa6"), "表示"),  // with a backslash in it
      subject(b("EUC-JP", kEuc), "東京"),
      subject(b("x-euc-jp", "\xad\xa1\x8e\xb1"), "①ｱ"),
      subject(b("UTF-8", "東京①髙"), "東京①髙"),
      subject("=?utf-8?q?=E6=9D=B1=E4=BA=AC_x?=", "東京 x"),
      subject("=?utf-8*ja?B?5p2x5Lqs?=", "東京"),
      subject(b("ISO-2022-JP", "\x1b$BEl") + " " + b("ISO-2022-JP", "5~\x1b(B"), "東京"),  // split in the shift state
      subject(b("ISO-2022-JP", "\x1b$BE") + "\r\n " + b("ISO-2022-JP", "l5~\x1b(B"), "東京"),  // and in a character
      subject(b("UTF-8", "\xe6\x9d\xb1\xe4") + "\r\n " + b("UTF-8", "\xba\xac"), "東京"),
      subject(b("ISO-2022-JP", kJis) + " " + b("UTF-8", "都"), "東京都"),
      subject("Re:" + b("UTF-8", "東京"), "Re:東京"),
      subject("\"" + b("UTF-8", "東京") + "\"", "\"東京\""),
      subject(b("ISO-2022-JP", "東京"), "東京"),  // wrong labels
      subject(b("UTF-8", kSjis), "東京"),
      subject(b("UTF-8", kJis), "東京"),
      subject(b("us-ascii", kJis), "東京"),
      subject(b("Shift_JIS", "東京"), "東京"),
      subject(b("x-nonsense", kEuc), "東京"),
      subject(std::string(kJis), "東京"),  // no labels
      subject("Re: " + std::string(kSjis), "Re: 東京"),
      subject("Re: " + std::string(kEuc), "Re: 東京"),
      subject("東京", "東京"),
      subject("\x1b$B=?=P\x1b(B", "戎出"),                    // looks like the start of an encoded-word
      subject("=?UTF-8?B?5p2x5Lqs", "東京"),                  // broken: cut off
      subject("=?UTF-8?B?5p2x=?= =?UTF-8?B?5Lqs?=", "東京"),  // one sign too many
      subject("=?UTF-8?B?5p2x =?UTF-8?B?5Lqs?=", "東京"),     // the first has no end
      subject(b("Shift_JIS", "\xf8\x9f"), "☀"),               // docomo's pictogram
      subject(long_subject(), repeated("東京請求書東京請求", 20)),
  };
}

std::vector<Case> names() {
  auto name = [](std::string bytes, std::string text) {
    return Case{Place::name, bytes + " <tokyo@example.test>", std::move(text)};
  };
  return {
      name(b("ISO-2022-JP", kJis), "東京"),
      name("\"" + b("ISO-2022-JP", kJis) + "\"", "東京"),
      name(joined("\"", kJis, "\""), "東京"),
      name(std::string(kJis), "東京"),
      name(std::string(kSjis), "東京"),
      name(joined("\"", kSjis, "\""), "東京"),
      name(std::string(kEuc), "東京"),
      name("東京", "東京"),
      name("\"東京, 太郎\"", "東京, 太郎"),
      name(b("Shift_JIS", "\x95\x5c"), "表"),
      name("\"\x95\x5c\x8e\xa6\"", "表示"),  // the backslash is half a character
      name(b("UTF-8", "東京") + "\r\n " + b("UTF-8", "太郎"), "東京太郎"),
      name(b("ISO-2022-JP", "\x1b$B-j\x1b(B") + " " + b("ISO-2022-JP", kJis), "㈱東京"),
      name(b("windows-31j", "\xfb\xfc"), "髙"),
      name(b("EUC-JP", kEuc), "東京"),
      name("\x1b$B!\"5~\x1b(B", "、京"),  // a quote is half a character
      Case{Place::name, "tokyo@example.test (" + b("UTF-8", "東京") + ")", "東京"},
  };
}

std::vector<Case> files() {
  auto file = [](std::string bytes, std::string text) {
    return Case{Place::file, "attachment; " + std::move(bytes), std::move(text)};
  };
  return {
      file("filename*=utf-8''%E6%9D%B1%E4%BA%AC.txt", "東京.txt"),
      file("filename*=utf-8'ja'%E6%9D%B1.txt", "東.txt"),
      file("filename*=ISO-2022-JP''%1B%24BEl5%7E%1B%28B.txt", "東京.txt"),
      file("filename*0*=ISO-2022-JP''%1B%24BEl; filename*1*=5%7E%1B%28B.txt", "東京.txt"),  // the state goes on
      file("filename*0*=ISO-2022-JP''%1B$BEl%1B%28B; filename*1*=%1B$B5~%1B%28B.txt", "東京.txt"),
      file("filename*0*=utf-8''%E6%9D%B1%E4; filename*1*=%BA%AC.txt", "東京.txt"),
      file("filename*1*=%E4%BA%AC; filename*0*=utf-8''%E6%9D%B1", "東京"),
      file("filename*1*=utf-8''%E6%9D%B1; filename*2*=%E4%BA%AC", "東京"),
      file("filename*0*=utf-8''%E6%9D%B1; filename*1=\"50%25.txt\"", "東50%25.txt"),
      file("filename*=shift_jis''%87%8A.txt", "㈱.txt"),
      file("filename*=%E6%9D%B1.txt", "東.txt"),
      file("filename=\"x.txt\"; filename*=utf-8''%E6%9D%B1.txt", "東.txt"),
      file("filename=\"" + b("ISO-2022-JP", kJis) + ".txt\"", "東京.txt"),
      file("filename=" + b("ISO-2022-JP", kJis), "東京"),
      file("filename=" + b("UTF-8", "東") + " " + b("UTF-8", "京"), "東京"),
      file("filename*0=\"=?UTF-8?B?5p2x\"; filename*1=\"5Lqs?=.txt\"", "東京.txt"),
      file(joined("filename=\"", kJis, ".txt\""), "東京.txt"),
      file("filename=\"\x95\x5c.txt\"", "表.txt"),
      file(joined("filename=", kEuc, ".txt"), "東京.txt"),
      file("filename=\"東京.txt\"", "東京.txt"),
      file("filename=\"" + b("cp932", "\x87\x8a") + ".pdf\"", "㈱.pdf"),
  };
}

std::vector<Case> bodies() {
  auto body = [](std::string label, std::string_view bytes, std::string text) {
    return Case{Place::body, std::string(bytes), std::move(text), std::move(label)};
  };
  return {
      body("ISO-2022-JP", kJis, "東京"),
      body("iso-2022-jp", "\x1b$B-!-j-7\x1b(B", "①㈱Ⅲ"),
      body("ISO-2022-JP-MS", "\x1b$B|b\x1b(B", "髙"),
      body("iso-2022-jp", "\xb1\xb2 \x1b$BEl5~\x1b(B", "ｱｲ 東京"),  // half-width kana as 8-bit
      body("iso-2022-jp", "\x0e\x31\x32\x0f", "ｱｲ"),                // and by shift out
      body("Shift_JIS", kSjis, "東京"),
      body("windows-31j", "\xfb\xfc\xfa\xb1", "髙﨑"),
      body("EUC-JP", kEuc, "東京"),
      body("utf-8", "東京①", "東京①"),
      body("iso-2022-jp", "東京", "東京"),
      body("utf-8", kSjis, "東京"),
      body("us-ascii", kEuc, "東京"),
      body("iso-8859-1", kJis, "東京"),
      body("", kSjis, "東京"),
      body("", "東京", "東京"),
      body("x-unknown", kJis, "東京"),
      body("shift_jis", "\xf8\x9f", "☀"),
  };
}

std::vector<Case> all() {
  std::vector<Case> out;
  for (auto const& some : {subjects(), names(), files(), bodies()}) out.insert(out.end(), some.begin(), some.end());
  return out;
}

std::string message_of(Case const& c) {
  std::string const part = "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: ";
  switch (c.place) {
    case Place::subject:
      return "Subject: " + c.bytes + "\r\n\r\nx\r\n";
    case Place::name:
      return "From: " + c.bytes + "\r\n\r\nx\r\n";
    case Place::file:
      return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part + c.bytes + "\r\n\r\nx\r\n--b--\r\n";
    case Place::body:
      break;
  }
  std::string const charset = c.label.empty() ? "" : "; charset=" + c.label;
  return "Content-Type: text/plain" + charset + "\r\n\r\n" + c.bytes + "\r\n";
}

std::string read(Case const& c) {
  std::string unfolded = c.bytes;
  std::erase_if(unfolded, [](char byte) { return byte == '\r' || byte == '\n'; });
  switch (c.place) {
    case Place::subject:
      return mime::decode_header(unfolded).text;
    case Place::name:
      return mime::decode_header(mime::parse_address_list(unfolded).addresses.at(0).name).text;
    case Place::file:
      return mime::decode_parameter(mime::parse_disposition(unfolded).parameters, "filename")->text;
    case Place::body:
      break;
  }
  return mime::decode_text(c.bytes, c.label).text;
}

std::vector<std::string_view> keys(Place place) {
  switch (place) {
    case Place::subject:
      return {"SUBJECT", "TEXT", "HEADER Subject"};
    case Place::name:
      return {"FROM", "TEXT"};
    case Place::file:
    case Place::body:
      break;
  }
  return {"BODY", "TEXT"};
}

class Japanese : public testing::TestWithParam<Case> {
 public:
  Japanese() { connection.talk("l LOGIN hanako@example.test secret\r\ns SELECT INBOX\r\n"); }

  void append(std::string const& message) {
    connection.talk(fmt::format("p APPEND INBOX {{{}+}}\r\n{}\r\n", message.size(), message));
  }
  std::string search(std::string_view key, std::string const& bytes, char const* charset) {
    return connection.talk(fmt::format("q SEARCH CHARSET {} {} {{{}+}}\r\n{}\r\n", charset, key, bytes.size(), bytes));
  }

  ImapServer server;
  ImapConnection connection{server, Connection::Tls::on};
};

TEST_P(Japanese, ReadsAsAPersonWouldReadIt) {
  EXPECT_EQ(read(GetParam()), GetParam().text);
}

TEST_P(Japanese, ComesBackByteForByte) {
  std::string const message = message_of(GetParam());
  append(message);
  EXPECT_EQ(connection.talk("f FETCH 1 BODY.PEEK[]\r\n"),
            fmt::format("* 1 FETCH (BODY[] {{{}}}\r\n{})\r\nf OK FETCH completed.\r\n", message.size(), message));
}

TEST_P(Japanese, IsFoundInWhicheverCharsetTheClientAsks) {
  append("Subject: another\r\n\r\nwithout such words\r\n");
  append(message_of(GetParam()));
  std::size_t asked = 0;
  for (kit::Charset const& charset : kit::kCharsets) {
    std::optional<std::string> const bytes = kit::find_in_charset(GetParam().text, charset);
    if (!bytes) continue;
    for (std::string_view key : keys(GetParam().place)) {
      EXPECT_EQ(search(key, *bytes, charset.label), "* SEARCH 2\r\nq OK SEARCH completed.\r\n")
          << key << " in " << charset.label;
      ++asked;
    }
  }
  EXPECT_GE(asked, keys(GetParam().place).size());
}

INSTANTIATE_TEST_SUITE_P(table, Japanese, testing::ValuesIn(all()));

TEST(JapaneseTable, IsLongEnoughToMeanSomething) {
  EXPECT_GE(all().size(), 60U);
}

}  // namespace
}  // namespace yubin::imap
