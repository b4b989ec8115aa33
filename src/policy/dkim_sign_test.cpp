#include "policy/dkim_sign.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/dkim_check.h"
#include "policy/key_seal.h"
#include "policy/run_check.h"

namespace yubin::policy {
namespace {

constexpr SigningTimes kTimes{.time = 1700000000, .expires = 1700864000};
WallTime const kNow{std::chrono::seconds(1700000100)};
Signer const kRsaSigner{.domain = "one.test", .selector = "y2026a-rsa"};
Signer const kEdSigner{.domain = "one.test", .selector = "y2026a-ed"};

PrivateKey const& rsa_key() {
  static PrivateKey const key = PrivateKey::make(KeyType::rsa).value();
  return key;
}
PrivateKey const& ed_key() {
  static PrivateKey const key = PrivateKey::make(KeyType::ed25519).value();
  return key;
}

MessageReader read(std::string_view text, std::size_t piece) {
  MessageReader reader;
  reader.want(kSignedBody);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) reader.feed(text.substr(0, piece));
  reader.finish();
  return reader;
}

// With both signatures before it.
std::string signed_message(std::string const& text) {
  MessageReader const reader = read(text, text.size());
  std::string const rsa = sign_message(reader, kRsaSigner, rsa_key(), kTimes).value();
  return rsa + sign_message(reader, kEdSigner, ed_key(), kTimes).value() + text;
}

AnswerTable published() {
  AnswerTable table;
  table.add("y2026a-rsa._domainkey.one.test", Txt{key_record(KeyType::rsa, rsa_key().public_bytes())});
  table.add("y2026a-ed._domainkey.one.test", Txt{key_record(KeyType::ed25519, ed_key().public_bytes())});
  return table;
}

std::vector<DkimOutcome> verify(std::string_view text, WallTime now = kNow) {
  auto message = std::make_shared<MessageReader>();
  message->feed(text);
  message->finish();
  DkimCheck check(message, now);
  EXPECT_TRUE(run_check(check, published()));
  return check.outcomes();
}

std::vector<SignatureResult> results(std::string_view text, WallTime now = kNow) {
  std::vector<SignatureResult> out;
  for (DkimOutcome const& one : verify(text, now)) out.push_back(one.result);
  return out;
}

std::vector<SignatureResult> const kBothPass{SignatureResult::pass, SignatureResult::pass};

std::string const kMessage =
    "Received: by mx.one.test id 1\r\nFrom: A <a@one.test>\r\nTo: b@two.test,\r\n c@two.test\r\nSubject: hello\r\n"
    "Date: Mon, 20 Nov 2023 10:00:00 +0900\r\nMessage-ID: <1@one.test>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\nList-Unsubscribe: <https://one.test/u>\r\n\r\nHello,  world \r\nline two\r\n\r\n\r\n";

TEST(DkimSign, both_signatures_pass_and_say_who_signed) {
  std::vector<DkimOutcome> const outcomes = verify(signed_message(kMessage));
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].result, SignatureResult::pass) << outcomes[0].detail;
  EXPECT_EQ(outcomes[0].algorithm, "rsa-sha256");
  EXPECT_EQ(outcomes[0].key_bits, 2048);
  EXPECT_EQ(outcomes[1].result, SignatureResult::pass) << outcomes[1].detail;
  EXPECT_EQ(outcomes[1].algorithm, "ed25519-sha256");
  EXPECT_EQ(outcomes[1].selector, "y2026a-ed");
  EXPECT_EQ(outcomes[1].identity, "@one.test");
}

TEST(DkimSign, the_field_is_folded_and_7_bit) {
  MessageReader const reader = read(kMessage, kMessage.size());
  std::string const field = sign_message(reader, kRsaSigner, rsa_key(), kTimes).value();
  EXPECT_TRUE(field.ends_with("\r\n"));
  for (std::size_t at = 0; at < field.size();) {
    std::size_t const end = field.find("\r\n", at);
    EXPECT_LE(end - at, 78u);
    EXPECT_TRUE(at == 0 || field[at] == ' ');
    at = end + 2;
  }
}

TEST(DkimSign, pieces_of_any_size_give_the_same) {
  std::string const whole = sign_message(read(kMessage, kMessage.size()), kEdSigner, ed_key(), kTimes).value();
  for (std::size_t const piece : {1u, 2u, 7u, 100u})
    EXPECT_EQ(sign_message(read(kMessage, piece), kEdSigner, ed_key(), kTimes).value(), whole);
}

// RFC 6376 section 5.4.2: what is there once is named twice, what is not there once.
TEST(DkimSign, a_further_field_of_the_kinds_that_count_breaks_it) {
  std::string const sent = signed_message(kMessage);
  for (char const* added : {"From: evil@evil.test", "To: x@evil.test", "Cc: x@evil.test", "Subject: evil",
                            "Date: Mon, 20 Nov 2023 11:00:00 +0900", "Message-ID: <evil@evil.test>",
                            "Reply-To: evil@evil.test", "MIME-Version: 1.0", "Content-Type: text/html",
                            "Content-Transfer-Encoding: base64", "In-Reply-To: <e@evil.test>"}) {
    SCOPED_TRACE(added);
    for (SignatureResult const result : results(std::string(added) + "\r\n" + sent))
      EXPECT_EQ(result, SignatureResult::fail);
  }
}

// RFC 6376 section 5.4.1: what is added on the way does no harm.
TEST(DkimSign, trace_and_list_fields_may_be_added) {
  std::string const sent = signed_message(kMessage);
  EXPECT_EQ(
      results("Received: by x\r\nReturn-Path: <a@one.test>\r\nList-Id: <l.two.test>\r\nSender: l@two.test\r\n" + sent),
      kBothPass);
}

TEST(DkimSign, any_change_of_what_is_signed_breaks_it) {
  std::string const sent = signed_message(kMessage);
  std::pair<std::string_view, std::string_view> const changes[] = {{"A <a@", "B <a@"},
                                                                   {"c@two.test\r\n", ""},
                                                                   {"hello", "Hello"},
                                                                   {"<1@", "<2@"},
                                                                   {"10:00", "10:01"},
                                                                   {"text/plain", "x/y"},
                                                                   {"one.test/u", "evil.test/u"},
                                                                   {"world", "World"},
                                                                   {"two\r\n", "two."},
                                                                   {"d=one.test", "d=two.test"},
                                                                   {"t=1700000000", "t=1600000000"},
                                                                   {"x=1700864000", "x=1800864000"}};
  for (auto const& [from, to] : changes) {
    SCOPED_TRACE(from);
    std::string changed = sent;
    for (std::size_t at = 0; (at = changed.find(from, at)) != std::string::npos; at += to.size())
      changed.replace(at, from.size(), to);
    ASSERT_NE(changed, sent);
    for (SignatureResult const result : results(changed)) EXPECT_NE(result, SignatureResult::pass);
  }
}

TEST(DkimSign, it_expires) {
  EXPECT_EQ(results(signed_message(kMessage), WallTime(std::chrono::seconds(kTimes.expires + 1))),
            (std::vector<SignatureResult>{SignatureResult::fail, SignatureResult::fail}));
}

TEST(DkimSign, odd_messages) {
  for (std::string const text :
       {"From: a@one.test\r\n\r\n", "From: a@one.test\r\n", "From: a@one.test\r\n\r\nno line end",
        "From: a@one.test\r\nFrom: b@one.test\r\n\r\nx\r\n", "Subject: \r\n\r\n\r\n\r\n",
        "FROM :a@one.test\r\nTo:\r\nTo:\r\n\tx\r\n\r\n \t\r\n\r\n.\r\n",
        "From: \xe6\x97\xa5@one.test\r\nSubject: \xff\xfe\r\n\r\n\x80\r\n"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(results(signed_message(text)), kBothPass);
  }
}

TEST(DkimSign, a_header_section_that_nobody_reads_whole_is_not_signed) {
  std::string const text = "From: a@one.test\r\nX: " + std::string(300 * 1024, 'x') + "\r\n\r\n";
  auto const field = sign_message(read(text, text.size()), kEdSigner, ed_key(), kTimes);
  ASSERT_FALSE(field);
  EXPECT_EQ(field.error().code, Errc::limit);
}

TEST(PrivateKey, comes_back_from_its_bytes) {
  for (KeyType const type : {KeyType::rsa, KeyType::ed25519}) {
    PrivateKey const& key = type == KeyType::rsa ? rsa_key() : ed_key();
    Result<PrivateKey> const again = PrivateKey::parse(type, key.der().view());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_bytes(), key.public_bytes());
    std::string const hash = digest_of(Hash::sha256, "x");
    Result<PublicKey> const known = PublicKey::parse(type, key.public_bytes());
    ASSERT_TRUE(known);
    EXPECT_TRUE(known->verify(Hash::sha256, hash, again->sign(hash).value()));
    KeyType const other = type == KeyType::rsa ? KeyType::ed25519 : KeyType::rsa;
    EXPECT_FALSE(PrivateKey::parse(other, key.der().view()));
  }
  EXPECT_FALSE(PrivateKey::parse(KeyType::rsa, "no key"));
}

// RFC 6376 section 3.6.1: no bytes in p= are a key that was revoked.
TEST(KeyRecord, is_what_a_verifier_reads) {
  Result<DkimKey> const key = parse_dkim_key(key_record(KeyType::ed25519, ed_key().public_bytes()));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type, KeyType::ed25519);
  EXPECT_EQ(key->bytes, ed_key().public_bytes());
  EXPECT_EQ(key_record(KeyType::rsa, ""), "v=DKIM1; k=rsa; p=");
}

TEST(KeySeal, opens_with_its_key_and_at_its_place_only) {
  SeededRandom random(1);
  KeySeal const seal(Secret(std::string(KeySeal::kKey, 'k')), random);
  KeySeal const other(Secret(std::string(KeySeal::kKey, 'o')), random);
  std::string const sealed = seal.seal("secret", "here");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_NE(sealed, seal.seal("secret", "here"));
  EXPECT_EQ(seal.open(sealed, "here").value().view(), "secret");
  EXPECT_FALSE(seal.open(sealed, "there"));
  EXPECT_FALSE(other.open(sealed, "here"));
  EXPECT_FALSE(seal.open("short", "here"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(seal.open(changed, "here"));
  }
}

}  // namespace
}  // namespace yubin::policy
