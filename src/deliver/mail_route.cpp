#include "deliver/mail_route.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/address.h"

namespace yubin::deliver {

namespace {

constexpr std::string_view kNull = "<>";
constexpr std::string_view kAny = "*";

bool fits_any(std::vector<RoutePattern> const& patterns, std::string_view domain) {
  return std::ranges::any_of(patterns, [&](RoutePattern const& one) { return one.fits_domain(domain); });
}

bool fits(MailRoute const& route, std::string_view destination, smtp::ReversePath const& sender) {
  bool const from =
      route.from.empty() || std::ranges::any_of(route.from, [&](RoutePattern const& one) { return one.fits(sender); });
  // A route that names senders alone is for all their mail.
  bool const to = route.to.empty() ? !route.from.empty() : fits_any(route.to, destination);
  return from && to;
}

MailRoute const kDirect{};

}  // namespace

Result<RoutePattern> RoutePattern::parse(std::string_view text) {
  if (text == kAny || text == kNull) return RoutePattern(std::string(text));
  if (text.find('@') != std::string_view::npos) {
    TRY(mime::Address const address, mime::Address::parse(text));
    return RoutePattern(address.folded());
  }
  bool const below = text.starts_with('.');
  TRY(mime::Domain const domain, mime::Domain::parse(text.substr(below ? 1 : 0)));
  return RoutePattern((below ? "." : "") + domain.text());
}

bool RoutePattern::fits_domain(std::string_view domain) const {
  if (text_ == kAny) return true;
  if (text_.starts_with('.')) return domain.size() > text_.size() && domain.ends_with(text_);
  return domain == text_;
}

bool RoutePattern::fits(smtp::ReversePath const& sender) const {
  auto const& address = sender.address();
  if (!address) return text_ == kAny || text_ == kNull;
  return text_.find('@') != std::string::npos ? address->folded() == text_ : fits_domain(address->domain().text());
}

Result<MailHost> MailHost::parse(std::string_view text) {
  MailHost where;
  if (text.starts_with('/')) {
    where.socket = std::filesystem::path(text);
    return where;
  }
  std::size_t const colon = text.rfind(':');
  bool const has_port = colon != std::string_view::npos && (text.find(':') == colon || text.find("]:") == colon - 1);
  std::string_view const host = has_port ? text.substr(0, colon) : text;
  if (has_port) {
    std::optional<std::uint64_t> const port = parse_number(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return fail(Errc::syntax, "that is no port");
    where.port = static_cast<std::uint16_t>(*port);
  }
  TRY(mime::Domain const name, mime::Domain::parse(host));
  where.host = name.text();
  return where;
}

std::string MailHost::text() const {
  if (!socket.empty()) return socket.string();
  return host.empty() ? "" : fmt::format("{}:{}", host, port);
}

MailRoute const& find_route(std::span<MailRoute const> routes, std::string_view destination,
                            smtp::ReversePath const& sender) {
  for (MailRoute const& one : routes)
    if (one.via != MailRoute::Via::hold && fits(one, destination, sender)) return one;
  return kDirect;
}

bool is_held(std::span<MailRoute const> routes, std::string_view destination, smtp::ReversePath const& sender) {
  auto const first = std::ranges::find_if(routes, [&](MailRoute const& one) { return fits(one, destination, sender); });
  return first != routes.end() && first->via == MailRoute::Via::hold;
}

std::string relay_for_all(std::span<MailRoute const> routes) {
  auto takes_all = [](MailRoute const& one) {
    bool const any = std::ranges::any_of(one.to, [](RoutePattern const& to) { return to.text() == kAny; });
    return one.via == MailRoute::Via::relay && one.from.empty() && any;
  };
  auto const found = std::ranges::find_if(routes, takes_all);
  return found == routes.end() ? "" : found->where.host;
}

MailRoute const* find_route(std::span<MailRoute const> routes, std::string_view name) {
  auto const found = std::ranges::find(routes, name, &MailRoute::name);
  return found == routes.end() ? nullptr : &*found;
}

}  // namespace yubin::deliver
