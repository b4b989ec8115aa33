#include "deliver/providers.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "queue/failure_class.h"

namespace yubin::deliver {

namespace {

struct Provider {
  std::string_view suffix;  // of its hosts' names
  std::string_view name;
  PaceLimits limits;
};

// Connections at a time, messages over one, time between two messages. The carriers of Japan publish that they limit
// parallel sessions and recipients of a session (100 at docomo) without most of the figures; these are cautious.
constexpr Provider kProviders[] = {
    {"docomo.ne.jp", "docomo", {2, 20, std::chrono::milliseconds(200)}},
    {"ezweb.ne.jp", "au", {2, 20, std::chrono::milliseconds(200)}},
    {"au.com", "au", {2, 20, std::chrono::milliseconds(200)}},
    {"softbank.ne.jp", "softbank", {2, 20, std::chrono::milliseconds(200)}},
    {"softbank.jp", "softbank", {2, 20, std::chrono::milliseconds(200)}},
    {"vodafone.ne.jp", "softbank", {2, 20, std::chrono::milliseconds(200)}},
    {"yahoo.co.jp", "yahoo-japan", {3, 20, std::chrono::milliseconds(100)}},
    {"nifty.com", "nifty", {3, 50, std::chrono::milliseconds(50)}},
    {"ocn.ad.jp", "ocn", {3, 50, std::chrono::milliseconds(50)}},
    {"ocn.ne.jp", "ocn", {3, 50, std::chrono::milliseconds(50)}},
    {"biglobe.ne.jp", "biglobe", {3, 50, std::chrono::milliseconds(50)}},
    {"so-net.ne.jp", "so-net", {3, 50, std::chrono::milliseconds(50)}},
    {"plala.or.jp", "plala", {3, 50, std::chrono::milliseconds(50)}},
    {"google.com", "google", {20, 100, {}}},
    {"googlemail.com", "google", {20, 100, {}}},
    {"outlook.com", "microsoft", {10, 100, {}}},
    {"yahoodns.net", "yahoo", {5, 20, {}}},
    {"icloud.com", "icloud", {5, 50, {}}},
};

bool is_below(std::string_view host, std::string_view suffix) {
  return host == suffix ||
         (host.size() > suffix.size() && host.ends_with(suffix) && host[host.size() - suffix.size() - 1] == '.');
}

}  // namespace

PaceGroup pace_group(std::span<RemoteHost const> hosts) {
  std::string_view const first = hosts.front().name;
  auto const* known =
      std::ranges::find_if(kProviders, [&](Provider const& one) { return is_below(first, one.suffix); });
  if (known != std::end(kProviders)) return {std::string(known->name), known->limits};
  std::set<std::string_view> names;
  for (RemoteHost const& host : hosts) names.insert(host.name);
  return {fmt::format("{}", fmt::join(names, ",")), {}};
}

bool means_slow_down(smtp::OutcomeDetail const& why) {
  return queue::classify(why) == queue::FailureClass::too_often;
}

PaceSign sign_of(std::span<smtp::Outcome const> recipients) {
  bool taken = false;
  for (smtp::Outcome const& one : recipients) {
    if (std::holds_alternative<smtp::Deferred>(one) && means_slow_down(detail(one))) return PaceSign::slow_down;
    taken = taken || std::holds_alternative<smtp::Delivered>(one);
  }
  return taken ? PaceSign::taken : PaceSign::other;
}

}  // namespace yubin::deliver
