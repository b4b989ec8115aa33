#include "auth/app_password.h"

#include "auth/scram_keys.h"
#include "base/assert.h"
#include "base/bytes.h"

namespace yubin::auth {

namespace {

constexpr std::size_t kCharacters = 20;
constexpr std::size_t kGroup = 5;
constexpr std::size_t kMaxTyped = 64;
constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // as Random::token()
static_assert(kAlphabet.size() == 32);

// Nothing, if there are not just so many characters of the alphabet.
std::optional<Secret> bare(std::string_view typed) {
  if (typed.size() > kMaxTyped) return std::nullopt;
  std::string characters;
  characters.reserve(kMaxTyped);  // or a copy would be left behind when it grows
  for (char c : typed) {
    if (c == ' ' || c == '-') continue;
    char const lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    characters += lower;
  }
  bool const fits = characters.size() == kCharacters && characters.find_first_not_of(kAlphabet) == std::string::npos;
  Secret secret(std::move(characters));
  if (!fits) return std::nullopt;
  return secret;
}

}  // namespace

Secret make_app_password(Random& random) {
  Secret const characters(random.token(kCharacters));
  std::string shown;
  shown.reserve(kMaxTyped);
  for (std::size_t at = 0; at < kCharacters; at += kGroup) {
    if (at > 0) shown += '-';
    shown += characters.view().substr(at, kGroup);
  }
  return Secret(std::move(shown));
}

std::optional<std::string> app_password_digest(directory::AccountId account, std::string_view typed) {
  std::optional<Secret> const secret = bare(typed);
  if (!secret) return std::nullopt;
  std::string text;
  text.reserve(kMaxTyped + 32);
  ByteWriter writer(text);
  writer.text("app password");
  writer.u64(account.value());
  writer.text(secret->view());
  Secret const whole(std::move(text));
  Result<std::string> made = digest("SHA256", whole.view());
  YUBIN_ASSERT(made.has_value());
  return *std::move(made);
}

}  // namespace yubin::auth
