#include "deliver/srs.h"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <array>

#include "base/text.h"

namespace yubin::deliver {

namespace {

constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kHash = 6;  // digits
constexpr std::size_t kMark = 16;
constexpr std::int64_t kCycle = 1024;  // days that two digits tell apart

std::int64_t day_of(WallTime now) {
  return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

std::string day_text(std::int64_t day) {
  auto const n = static_cast<std::size_t>(day % kCycle);
  return {kDigits[n / 32], kDigits[n % 32]};
}

// Those written now and up to kDays before.
bool is_current(std::string_view text, std::int64_t today) {
  for (std::int64_t ago = 0; ago <= Srs::kDays; ++ago)
    if (day_text(today - ago) == text) return true;
  return false;
}

bool starts(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && iequals(text.substr(0, with.size()), with);
}

// "SRS0" and one of the separators that forwarders use.
bool is_kind(std::string_view local, std::string_view kind) {
  return starts(local, kind) && local.size() > kind.size() &&
         std::string_view("=+-").find(local[kind.size()]) != std::string_view::npos;
}

// Takes what stands before the next "=".
std::optional<std::string_view> take(std::string_view& rest) {
  std::size_t const end = rest.find('=');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view const piece = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return piece;
}

// `local` without quotes, as LocalPart::text() has it.
std::optional<mime::Address> make(std::string const& local, mime::Domain const& domain) {
  Result<mime::LocalPart> part = mime::LocalPart::parse(local);
  if (!part || part->text() != local) {
    std::string quoted = "\"";
    for (char c : local) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    part = mime::LocalPart::parse(quoted + "\"");
  }
  if (!part) return std::nullopt;
  return mime::Address(*std::move(part), domain);
}

std::unexpected<Error> forged() {
  return fail(Errc::denied, "this address was not made here");
}

Result<mime::Address> address_of(std::string const& local, std::string_view domain) {
  Result<mime::Domain> const where = mime::Domain::parse(domain);
  if (!where) return forged();
  std::optional<mime::Address> made = make(local, *where);
  if (!made) return forged();
  return *std::move(made);
}

}  // namespace

// Without case, as others may change it. What is made for one purpose must not do for another: an SRS1 address names
// its first forwarder freely and has no day, so as an SRS0 address it would be one of any day.
std::string Srs::hash(std::string_view purpose, std::string_view text, std::size_t digits) const {
  std::string const lower = fmt::format("{} {}", purpose, to_lower(text));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<unsigned char const*>(lower.data()), lower.size(), digest.data(), &size);
  std::string out;
  for (std::size_t i = 0; i < digits; ++i) out += kDigits[digest[i] % kDigits.size()];
  return out;
}

std::string Srs::hash(std::string_view purpose, std::string_view text) const {
  return hash(purpose, text, kHash);
}

std::string Srs::mark_of(mime::Address const& alias) const {
  return hash("mark", alias.folded(), kMark);
}

bool Srs::is_rewritten(mime::Address const& address) {
  std::string const& local = address.local_part().text();
  return is_kind(local, "SRS0") || is_kind(local, "SRS1");
}

std::optional<mime::Address> Srs::rewrite(mime::Address const& sender, mime::Domain const& ours, WallTime now) const {
  std::string const& local = sender.local_part().text();
  if (is_kind(local, "SRS0")) {
    // What the first forwarder wrote is for that one to read.
    std::string const rest = fmt::format("{}={}", sender.domain().text(), local.substr(4));
    return make(fmt::format("SRS1={}={}", hash("srs1", rest), rest), ours);
  }
  if (is_kind(local, "SRS1")) {
    std::string_view rest = std::string_view(local).substr(5);
    if (!take(rest)) return std::nullopt;
    return make(fmt::format("SRS1={}={}", hash("srs1", rest), rest), ours);
  }
  std::string const rest = fmt::format("{}={}={}", day_text(day_of(now)), sender.domain().text(), local);
  return make(fmt::format("SRS0={}={}", hash("srs0", rest), rest), ours);
}

Result<mime::Address> Srs::unpack(mime::Address const& address, WallTime now) const {
  std::string const& local = address.local_part().text();
  std::string_view rest = std::string_view(local).substr(std::min<std::size_t>(5, local.size()));
  std::optional<std::string_view> const mark = take(rest);
  std::string_view const kind = is_kind(local, "SRS1") ? "srs1" : "srs0";
  if (!is_rewritten(address) || !mark || !iequals(*mark, hash(kind, rest))) return forged();
  if (is_kind(local, "SRS1")) {
    std::optional<std::string_view> const first = take(rest);
    if (!first) return forged();
    return address_of("SRS0" + std::string(rest), *first);
  }
  std::optional<std::string_view> const day = take(rest);
  std::optional<std::string_view> const domain = take(rest);
  if (!day || !domain) return forged();
  if (!is_current(to_lower(*day), day_of(now))) return fail(Errc::denied, "this address is over");
  return address_of(std::string(rest), *domain);
}

}  // namespace yubin::deliver
