// Mailbox names: RFC 9051 section 5.1, Net-Unicode (RFC 5198 section 2).
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include "base/text.h"
#include "store/types.h"

namespace yubin::store {

namespace {

constexpr std::size_t kMaxLevel = 255;
constexpr std::size_t kMaxName = 1000;
constexpr std::string_view kInbox = "INBOX";

// RFC 9051 section 5.1: no controls, no U+2028 or U+2029; and no "*" or "%", which LIST takes as wildcards, so that a
// client could not name such a mailbox exactly.
bool allowed(UChar32 c) {
  bool const control = c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
  return !control && c != '*' && c != '%';
}

Result<> check_characters(std::string_view name) {
  auto const* bytes = reinterpret_cast<std::uint8_t const*>(name.data());
  auto const length = static_cast<std::int32_t>(name.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, length, c);  // NOLINT(bugprone-inc-dec-in-conditions): so is the macro
    if (c < 0) return fail(Errc::syntax, "mailbox name is not UTF-8");
    if (!allowed(c)) return fail(Errc::syntax, "mailbox name holds a character that is not allowed");
  }
  return {};
}

// "が" is one character whether it was typed on a Mac (two code points) or elsewhere (one).
Result<std::string> to_nfc(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  icu::Normalizer2 const* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return fail(Errc::internal, "no NFC data");
  icu::StringPiece const piece(name.data(), static_cast<std::int32_t>(name.size()));
  if (nfc->isNormalizedUTF8(piece, status) && U_SUCCESS(status)) return std::string(name);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  nfc->normalizeUTF8(0, piece, sink, nullptr, status);
  if (U_FAILURE(status)) return fail(Errc::internal, "NFC failed");
  return out;
}

Result<> check_levels(std::string_view name) {
  if (name.size() > kMaxName) return fail(Errc::limit, "mailbox name is too long");
  for (std::string_view level : split(name, MailboxName::kDelimiter)) {
    if (level.empty()) return fail(Errc::syntax, "mailbox name has an empty level");
    if (level.size() > kMaxLevel) return fail(Errc::limit, "a level of the mailbox name is too long");
  }
  return {};
}

bool is_ascii(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

Result<MailboxName> MailboxName::parse(std::string_view utf8) {
  // Normalizing can make a text up to three times as long, so the first limit only keeps the work small.
  if (utf8.size() > 4 * kMaxName) return fail(Errc::limit, "mailbox name is too long");
  TRY_VOID(check_characters(utf8));
  std::string name(utf8);
  if (!is_ascii(utf8)) {
    TRY(name, to_nfc(utf8));
  }
  TRY_VOID(check_levels(name));
  // Also as the first level of a longer name: "inbox/a" beside "INBOX/a" would confuse every client.
  std::string_view const top = std::string_view(name).substr(0, name.find(kDelimiter));
  if (iequals(top, kInbox)) name.replace(0, kInbox.size(), kInbox);
  return MailboxName(std::move(name));
}

std::optional<MailboxName> MailboxName::parent() const {
  std::size_t const at = text_.rfind(kDelimiter);
  if (at == std::string::npos) return std::nullopt;
  return MailboxName(text_.substr(0, at));
}

}  // namespace yubin::store
