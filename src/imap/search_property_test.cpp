// SEARCH against brute force: generated messages in many charsets and encodings, generated questions in many charsets.
// What the server finds is compared with what the texts hold, which the generator knows without decoding anything.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <random>

#include "base/text.h"
#include "imap/search_fold.h"
#include "mime/transfer.h"
#include "tests/kit/imap_server.h"
#include "tests/kit/japanese.h"

namespace yubin::imap {
namespace {

using kit::ImapConnection;
using kit::ImapServer;
using kit::in_charset;
using kit::kCharsets;

// Characters that all these charsets have, and that are written without blanks.
constexpr std::array kWide = {"日", "本", "語", "東", "京", "都", "請", "求", "書", "会", "議",
                              "ア", "イ", "ウ", "ガ", "あ", "い", "う", "が", "ん", "。"};
constexpr std::array kNarrow = {"mail", "Fax", "a", "Ｂ", "c"};  // "Ｂ" is "b" to SEARCH

struct Message {
  std::string subject;  // what people read, in UTF-8
  std::string body;     // the same, with line ends only where they mean something
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  kit::Charset const& charset() { return kCharsets[below(kCharsets.size())]; }

  // Some characters; with `breaks`, CR LF between wide ones, as mail programs fold Japanese lines.
  std::string words(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += below(6) == 0 ? kNarrow[below(kNarrow.size())] : wide();
    return out;
  }
  std::string wide() { return kWide[below(kWide.size())]; }

  // The message as it is sent.
  std::string mail(Message& message) {
    kit::Charset const& cs = charset();
    message.subject = words(1 + below(6));
    std::string broken;
    for (std::size_t paragraph = 0; paragraph < 3; ++paragraph) {
      std::string const first = words(below(12)) + wide();
      std::string const second = wide() + words(below(12));
      message.body += first + second + "\r\n\r\n";
      broken += first + (below(2) == 0 ? "\r\n" : "") + second + "\r\n\r\n";
    }
    return fmt::format("Subject: =?{}?B?{}?=\r\n", cs.label, mime::encode_base64(in_charset(message.subject, cs))) +
           encoded_body(broken, cs);
  }

 private:
  std::string encoded_body(std::string const& text, kit::Charset const& cs) {
    std::string const bytes = in_charset(text, cs);
    std::string const type = fmt::format("Content-Type: text/plain; charset=\"{}\"\r\n", cs.label);
    switch (below(3)) {
      case 0:
        return type + "Content-Transfer-Encoding: base64\r\n\r\n" + mime::encode_base64_body(bytes);
      case 1:
        return type + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + mime::encode_quoted_printable(bytes);
      default:
        return type + "Content-Transfer-Encoding: 8bit\r\n\r\n" + bytes;
    }
  }

  std::mt19937 random_;
};

bool holds(std::string const& text, std::string const& wanted) {
  return mime::fold_text(text).find(mime::fold_text(wanted)) != std::string::npos;
}

enum class Key { subject, body, text };
constexpr std::array kKeys = {"SUBJECT", "BODY", "TEXT"};

bool matches(Message const& message, Key key, std::string const& wanted) {
  bool const in_subject = key != Key::body && holds(message.subject, wanted);
  return in_subject || (key != Key::subject && holds(message.body, wanted));
}

// A piece of what some message has, or something that none need have. It begins with a wide character: a word in ASCII
// may stand in header fields that the generator does not look at.
std::string wanted_text(Generator& generator, std::vector<Message> const& messages) {
  if (generator.below(3) == 0) return generator.wide() + generator.words(generator.below(3));
  std::string const& body = messages[generator.below(messages.size())].body;
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (static_cast<unsigned char>(body[at]) >= 0xe3 && static_cast<unsigned char>(body[at]) <= 0xe9)
      starts.push_back(at);
  }
  std::size_t const from = starts[generator.below(starts.size())];
  std::size_t to = from + 3 * (1 + generator.below(4));
  while (to < body.size() && (static_cast<unsigned char>(body[to]) & 0xc0) == 0x80) ++to;
  std::string const piece = body.substr(from, to - from);
  return piece.substr(0, piece.find('\r'));
}

// More than the ordinary test does: make search.
std::size_t number_from_environment(char const* name, std::size_t otherwise) {
  char const* value = std::getenv(name);
  return value == nullptr ? otherwise : static_cast<std::size_t>(parse_number(value).value());
}

TEST(SearchProperty, FindsWhatBruteForceFinds) {
  auto const message_count = number_from_environment("YUBIN_SEARCH_MESSAGES", 60);
  auto const question_count = number_from_environment("YUBIN_SEARCH_QUESTIONS", 300);
  auto const seed = number_from_environment("YUBIN_SEARCH_SEED", 20'240'201);
  SCOPED_TRACE(fmt::format("YUBIN_SEARCH_SEED={}", seed));
  Generator generator(static_cast<unsigned>(seed));
  ImapServer server;
  ImapConnection connection(server, Connection::Tls::on);
  connection.talk("l LOGIN hanako@example.test secret\r\ns SELECT INBOX\r\n");
  std::vector<Message> messages(message_count);
  for (Message& message : messages) {
    std::string const mail = generator.mail(message);
    connection.talk(fmt::format("p APPEND INBOX {{{}+}}\r\n{}\r\n", mail.size(), mail));
  }
  std::size_t found = 0;
  for (std::size_t question = 0; question < question_count; ++question) {
    std::string const wanted = wanted_text(generator, messages);
    auto const key = static_cast<Key>(generator.below(kKeys.size()));
    bool const negated = generator.below(4) == 0;
    std::string expected = "* SEARCH";
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (matches(messages[i], key, wanted) != negated) expected += fmt::format(" {}", i + 1);
    }
    found += expected.size() > 8 ? 1 : 0;
    kit::Charset const& cs = generator.charset();
    std::string const bytes = in_charset(wanted, cs);
    std::string const answer =
        connection.talk(fmt::format("q SEARCH CHARSET {} {}{} {{{}+}}\r\n{}\r\n", cs.label, negated ? "NOT " : "",
                                    kKeys[static_cast<std::size_t>(key)], bytes.size(), bytes));
    ASSERT_EQ(answer, expected + "\r\nq OK SEARCH completed.\r\n")
        << kKeys[static_cast<std::size_t>(key)] << " " << wanted << " in " << cs.label;
  }
  EXPECT_GT(found, question_count / 3);
}

}  // namespace
}  // namespace yubin::imap
