#include "queue/failure_class.h"

#include <algorithm>

#include "base/ip_address.h"
#include "base/text.h"
#include "queue/failure_table.h"

namespace yubin::queue {

namespace {

bool has_any(std::string_view text, std::string_view words) {
  return std::ranges::any_of(split(words, '|'),
                             [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

std::string words_of(smtp::OutcomeDetail const& why) {
  return to_lower(why.remote_text + " " + why.note);
}

bool has_status(smtp::EnhancedStatus const& status, std::string_view wanted) {
  std::string const text = status.text();  // "5.2.2"
  std::string_view const tail = std::string_view(text).substr(text.find('.') + 1);
  return wanted.ends_with('.') ? tail.starts_with(wanted) : tail == wanted;
}

bool fits(FailureRow const& row, smtp::OutcomeDetail const& why, std::string_view words) {
  // What was decided here has no code, but a class.
  std::string const code = why.remote_text.empty() ? std::to_string(why.status.status_class) : why.remote_text;
  if (!code.starts_with(row.code)) return false;
  if (!row.status.empty() && !has_status(why.status, row.status)) return false;
  return row.words.empty() || has_any(words, row.words);
}

// The word behind "blocked using": most say the zone's name there.
std::string zone_in(std::string_view words) {
  constexpr std::string_view kUsing = "blocked using ";
  std::size_t const at = words.find(kUsing);
  if (at == std::string_view::npos) return "unnamed";
  std::string_view const rest = words.substr(at + kUsing.size());
  std::string_view zone = rest.substr(0, rest.find_first_of(" ;,"));
  while (zone.ends_with('.')) zone.remove_suffix(1);
  return zone.empty() ? "unnamed" : std::string(zone);
}

}  // namespace

std::string_view to_string(FailureClass failure) {
  constexpr std::string_view kNames[] = {"other", "reputation", "greylisted", "too-often", "auth",
                                         "quota", "size",       "mailbox",    "policy",    "network"};
  return kNames[static_cast<std::size_t>(failure)];
}

FailureClass classify(smtp::OutcomeDetail const& why) {
  std::string const words = words_of(why);
  auto const* row = std::ranges::find_if(kFailures, [&](FailureRow const& one) { return fits(one, why, words); });
  return row == kFailures.end() ? FailureClass::other : row->failure;
}

Listing find_listing(smtp::OutcomeDetail const& why) {
  std::string const words = words_of(why);
  auto const* known = std::ranges::find_if(kLists, [&](KnownList const& one) { return has_any(words, one.words); });
  Listing listing{.list = known == kLists.end() ? zone_in(words) : std::string(known->name), .address = {}};
  // The first address that is written out is the one they talk of.
  constexpr std::string_view kAddress = "0123456789abcdef.:";
  for (std::size_t at = words.find_first_of(kAddress); at != std::string::npos;) {
    std::size_t const end = std::min(words.find_first_not_of(kAddress, at), words.size());
    std::string_view token = std::string_view(words).substr(at, end - at);
    while (token.ends_with('.') || token.ends_with(':')) token.remove_suffix(1);
    if (auto const address = IpAddress::parse(token); address && token.size() > 3) {
      listing.address = address->text();
      break;
    }
    at = words.find_first_of(kAddress, end);
  }
  return listing;
}

}  // namespace yubin::queue
