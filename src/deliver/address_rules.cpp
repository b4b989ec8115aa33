#include "deliver/address_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/replace_addresses.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kMaxField = 64 * 1024;

// RFC 5322 sections 3.6.2, 3.6.3, 3.6.6; RFC 8098 section 2.1.
constexpr std::array<std::string_view, 12> kFields = {
    "From",      "Sender",      "Reply-To",          "To",
    "Cc",        "Resent-From", "Resent-Sender",     "Resent-To",
    "Resent-Cc", "Errors-To",   "Return-Receipt-To", "Disposition-Notification-To"};

struct Halves {
  std::optional<mime::LocalPart> local{};
  std::optional<mime::Domain> domain{};

  bool are_empty() const { return !local && !domain; }
};

// "local@domain"; either may be missing.
Result<Halves> halves(std::string_view text) {
  std::size_t const at = text.rfind('@');
  if (at == std::string_view::npos) return fail(Errc::syntax, "an address without @");
  Halves out;
  if (at > 0) {
    TRY(out.local, mime::LocalPart::parse(text.substr(0, at)));
  }
  if (at + 1 < text.size()) {
    TRY(out.domain, mime::Domain::parse(text.substr(at + 1)));
  }
  return out;
}

std::string text_of(std::optional<mime::LocalPart> const& local, std::optional<mime::Domain> const& domain) {
  return (local ? local->wire() : "") + "@" + (domain ? domain->text() : "");
}

bool is_below(std::string_view domain, std::string_view above) {
  return domain.size() > above.size() + 1 && domain.ends_with(above) && domain[domain.size() - above.size() - 1] == '.';
}

}  // namespace

Result<CanonicalRule> CanonicalRule::parse(std::string_view text) {
  std::size_t const equals = text.rfind('=');
  if (equals == std::string_view::npos) return fail(Errc::syntax, "no = between the two addresses");
  TRY(Halves from, halves(text.substr(0, equals)));
  TRY(Halves to, halves(text.substr(equals + 1)));
  if (from.are_empty() || to.are_empty()) return fail(Errc::syntax, "an address without either part");
  CanonicalRule rule;
  rule.local_ = std::move(from.local);
  rule.domain_ = std::move(from.domain);
  rule.to_local_ = std::move(to.local);
  rule.to_domain_ = std::move(to.domain);
  return rule;
}

std::string CanonicalRule::text() const {
  return text_of(local_, domain_) + "=" + text_of(to_local_, to_domain_);
}

std::optional<mime::Address> CanonicalRule::apply(mime::Address const& address) const {
  bool const fits =
      (!local_ || local_->folded() == address.local_part().folded()) && (!domain_ || *domain_ == address.domain());
  if (!fits) return std::nullopt;
  return mime::Address(to_local_.value_or(address.local_part()), to_domain_.value_or(address.domain()));
}

Result<CopyRule> CopyRule::parse(std::string_view text) {
  std::size_t const equals = text.rfind('=');
  if (equals == std::string_view::npos) return fail(Errc::syntax, "no = between the two");
  TRY(RoutePattern whose, RoutePattern::parse(text.substr(0, equals)));
  TRY(mime::Address to, mime::Address::parse(text.substr(equals + 1)));
  return CopyRule{std::move(whose), std::move(to)};
}

std::optional<mime::Address> AddressRules::rewrite_recipient(mime::Address const& address) const {
  for (CanonicalRule const& rule : canonical)
    if (auto other = rule.apply(address)) return other;
  return std::nullopt;
}

std::optional<mime::Address> AddressRules::rewrite(mime::Address const& address) const {
  std::optional<mime::Address> other = rewrite_recipient(address);
  mime::Address const& now = other ? *other : address;
  bool const keeps_host = std::ranges::find(masquerade_except, now.local_part().folded()) != masquerade_except.end();
  auto const above =
      std::ranges::find_if(masquerade, [&](auto const& one) { return is_below(now.domain().text(), one); });
  if (keeps_host || above == masquerade.end()) return other;
  return mime::Address(now.local_part(), mime::Domain::parse(*above).value());
}

std::vector<mime::Address> AddressRules::copies(std::optional<mime::Address> const& sender,
                                                std::vector<mime::Address> const& recipients) const {
  std::vector<mime::Address> all;
  auto add = [&](CopyRule const& rule) {
    auto is_it = [&](mime::Address const& one) { return one.folded() == rule.to.folded(); };
    if (std::ranges::none_of(all, is_it) && std::ranges::none_of(recipients, is_it)) all.push_back(rule.to);
  };
  smtp::ReversePath const from = sender ? smtp::ReversePath(*sender) : smtp::ReversePath();
  for (CopyRule const& rule : copies_of_sent)
    if (rule.whose.fits(from)) add(rule);
  for (CopyRule const& rule : copies_of_received)
    if (std::ranges::any_of(recipients, [&](auto const& one) { return rule.whose.fits(smtp::ReversePath(one)); }))
      add(rule);
  return all;
}

std::string AddressRewriter::pass(std::string_view piece) {
  std::string out;
  while (!piece.empty() && !in_body_) {
    std::size_t const end = std::min(piece.find('\n'), piece.size() - 1) + 1;
    bool const at_line_start = field_.empty() || field_.back() == '\n';
    bool const continued = piece.front() == ' ' || piece.front() == '\t';
    if (at_line_start && !continued) {
      end_field(out);
      in_body_ = piece.starts_with("\n") || piece.starts_with("\r");
      if (in_body_) break;
    }
    field_ += piece.substr(0, end);
    piece.remove_prefix(end);
    if (field_.size() > kMaxField) {
      // Its end is awaited with its last byte alone.
      too_long_ = true;
      out += std::string_view(field_).substr(0, field_.size() - 1);
      field_.erase(0, field_.size() - 1);
    }
  }
  out += piece;
  return out;
}

std::string AddressRewriter::finish() {
  std::string out;
  end_field(out);
  return out;
}

void AddressRewriter::end_field(std::string& out) {
  std::string const field = std::exchange(field_, {});
  std::size_t const colon = field.find(':');
  std::string_view const name = trim(std::string_view(field).substr(0, std::min(colon, field.size())));
  bool const has_addresses = std::ranges::any_of(kFields, [&](auto one) { return iequals(one, name); });
  if (std::exchange(too_long_, false) || colon == std::string::npos || !has_addresses) {
    out += field;
    return;
  }
  std::string_view const value = std::string_view(field).substr(colon + 1);
  std::string const other =
      mime::replace_addresses(value, [this](mime::Address const& address) { return rules_.rewrite(address); });
  if (iequals(name, "From") && other != value) out += "X-Original-From:" + std::string(value);
  out += field.substr(0, colon + 1) + other;
}

}  // namespace yubin::deliver
