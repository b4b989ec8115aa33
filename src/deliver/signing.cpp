#include "deliver/signing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/address_list.h"
#include "policy/arc_seal.h"

namespace yubin::deliver {

namespace {

using policy::MessageReader;

// What these services have taken is others' mail that an alias leads elsewhere: a signature would vouch for anybody who
// writes to the alias, whatever name he gives.
bool is_from_others(queue::MessageRow const& message) {
  return message.service == "mx" || message.service == "lmtp";
}

Signing::Signed not_signed(std::string why) {
  return {.fields = "", .fact = "no: " + std::move(why)};
}

// Errors: one of them is no address, so nobody knows whose it is.
Result<std::vector<mime::Address>> authors(MessageReader const& reader) {
  std::vector<mime::Address> out;
  auto const field = reader.header().find_first("From");
  if (!field) return fail(Errc::syntax, "there is no field From");
  for (mime::ListedAddress const& one : mime::parse_address_list(field->value()).addresses) {
    if (one.kind != mime::ListedAddress::Kind::mailbox) continue;
    TRY(mime::Address address, mime::to_address(one));
    out.push_back(std::move(address));
  }
  return out;
}

bool leads_to(directory::Route const& route, mime::Address const& account) {
  auto same = [&](directory::ToAccount const& one) { return one.address == account; };
  if (auto const* one = std::get_if<directory::ToAccount>(&route)) return same(*one);
  auto const* many = std::get_if<directory::ToMany>(&route);
  return many != nullptr && std::ranges::any_of(many->accounts, same);
}

Result<MessageReader> read(OutgoingBody const& body) {
  MessageReader reader;
  reader.want(policy::kSignedBody);
  TRY_VOID(body.read_through([&](std::string_view piece) { reader.feed(piece); }));
  reader.finish();
  return reader;
}

// The header section alone: who the author is, and whether anybody signs for him, takes no look at the body.
Result<MessageReader> read_header(OutgoingBody const& body) {
  constexpr std::size_t kMostly = 16 * 1024;
  TRY(std::string bytes, body.beginning(kMostly));
  bool const has_end = bytes.size() < kMostly || bytes.find("\r\n\r\n") != std::string::npos;
  if (!has_end) {
    TRY(bytes, body.beginning(2 * MessageReader::kMaxHeader));
  }
  MessageReader reader;
  reader.feed(bytes);
  reader.finish();
  return reader;
}

// What this server found when the message came.
struct Seen {
  policy::ChainStatus status;
  std::string results;  // the value of our field
};

std::string without_quoted(std::string_view text) {
  std::string out;
  bool in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_quotes && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes) {
      out += text[i];
    }
  }
  return out;
}

// The field stands first in what we have put before the message; what is in it is ours, but for quoted words of others.
std::optional<Seen> seen_of(queue::MessageRow const& message) {
  auto const header = mime::HeaderSection::parse(message.prefix);
  if (header.size() == 0 || header[0].name != "Authentication-Results") return std::nullopt;
  std::string const results(header[0].raw_value);
  std::optional<policy::ChainStatus> status;
  std::string const plain = without_quoted(results);
  for (std::string_view part : split(plain, ';')) {
    part = trim(part);
    if (!part.starts_with("arc=")) continue;
    if (status) return std::nullopt;
    part = part.substr(4, part.find_first_of(" \t\r\n(", 4) - 4);
    for (auto const known : {policy::ChainStatus::none, policy::ChainStatus::pass, policy::ChainStatus::fail}) {
      if (part == to_string(known)) status = known;
    }
    if (!status) return std::nullopt;  // not known for now
  }
  if (!status) return std::nullopt;
  return Seen{*status, results};
}

}  // namespace

// Who has logged in speaks for his own domain, and for each address that leads to him: not for the other domains that
// happen to live here, or one customer could sign as another. What is the server's own has no sender.
Result<bool> Signing::speaks_for(queue::MessageRow const& message, MessageReader const& reader,
                                 mime::Domain const& author) const {
  auto const sender = mime::Address::parse(message.sender);
  if (!sender) return true;
  if (sender->domain() == author) return true;
  auto const all = authors(reader);
  if (!all || all->empty()) return false;
  for (mime::Address const& address : *all) {
    TRY(directory::Route const route, directory_.route(address));
    if (!leads_to(route, *sender)) return false;
  }
  return true;
}

Result<Signing::Signed> Signing::make(queue::MessageRow const& message, OutgoingBody const& body, std::int64_t now) {
  TRY(MessageReader const head, read_header(body));
  if (!head.author().problem.empty()) return not_signed(head.author().problem);
  if (head.author().domains.size() > 1) return not_signed("the field From names several domains");
  auto const domain = mime::Domain::parse(head.author().domains.front());
  if (!domain) return not_signed("the field From names no domain");
  TRY(std::optional<directory::Domain> const ours, directory_.find_domain(*domain));
  if (!ours)
    return not_signed(fmt::format("{}, the domain in the field From, is not one of this server", domain->text()));
  TRY(bool const may, speaks_for(message, head, *domain));
  if (!may) return not_signed(fmt::format("{} may not sign for {}", message.sender, domain->text()));
  auto const keys = ring_.active(*domain);
  if (!keys) return not_signed(keys.error().detail);
  if ((*keys)->empty()) return not_signed(fmt::format("no key of {} was seen in the DNS", domain->text()));
  TRY(MessageReader const reader, read(body));
  Signed out{.fields = "", .fact = domain->text() + ":"};
  policy::SigningTimes const times{.time = now, .expires = now + ring_.options().lifetime.count()};
  for (auto const& key : **keys) {
    auto const field = policy::sign_message(reader, {domain->text(), key->selector}, key->key, times);
    if (!field) return not_signed(field.error().detail);
    out.fields += *field;
    out.fact += " " + key->selector;
  }
  return out;
}

Result<Signing::Signed> Signing::seal(queue::MessageRow const& message, OutgoingBody const& body, std::int64_t now) {
  std::optional<Seen> const seen = seen_of(message);
  if (!seen) return not_signed("it came from another server, and its chain of seals was not checked");
  auto const keys = ring_.active(sealer_);
  if (!keys) return not_signed(keys.error().detail);
  if ((*keys)->empty()) return not_signed(fmt::format("no key of {} was seen in the DNS", sealer_.text()));
  policy::OpenedKey const& key = *(*keys)->front();
  TRY(MessageReader const reader, read(body));
  policy::SealRequest const request{.signer = {sealer_.text(), key.selector},
                                    .key = key.key,
                                    .status = seen->status,
                                    .results = seen->results,
                                    .time = now};
  auto fields = policy::seal_message(reader, request);
  if (!fields) return not_signed(fields.error().detail);
  if (fields->empty()) return not_signed("it came from another server, and its chain of seals is broken");
  return Signed{*std::move(fields), fmt::format("sealed by {}: {}", sealer_.text(), key.selector)};
}

Result<Signing::Signed> Signing::sign(UniqueId id, queue::MessageRow const& message, OutgoingBody const& body) {
  if (!ring_.options().enabled) return not_signed("the setting dkim.sign is off");
  bool const passes_through = is_from_others(message);
  if (passes_through && !ring_.options().seal) return not_signed("it came from another server");
  auto const now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  Form const form(id, body.form());
  {
    std::lock_guard const lock(mutex_);
    auto const found = index_.find(form);
    if (found != index_.end() && now < found->second->made + kFresh) return found->second->what;
  }
  TRY(Signed made, passes_through ? seal(message, body, now) : make(message, body, now));
  if (made.fields.empty()) return made;  // it may be otherwise next time
  std::lock_guard const lock(mutex_);
  if (auto const old = index_.find(form); old != index_.end()) remembered_.erase(old->second);
  remembered_.push_front({form, now, made});
  index_[form] = remembered_.begin();
  if (remembered_.size() > kRemembered) {
    index_.erase(remembered_.back().form);
    remembered_.pop_back();
  }
  return made;
}

}  // namespace yubin::deliver
