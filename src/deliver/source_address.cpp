#include "deliver/source_address.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "deliver/look_up.h"
#include "net/connect.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kNameless{"deliver.no_reverse_name", LogLevel::warning,
                             "an address of ours has no name that leads back to it; mail goes over IPv4 instead"};

constexpr std::chrono::hours kKept{1};
constexpr std::size_t kMost = 64;  // addresses; a machine has few

bool is_loopback(RemoteHost const& host) {
  return host.where.address.is_loopback();
}

}  // namespace

std::string sender_domain(queue::MessageRow const& message) {
  auto const& address = message.reverse_path.address();
  return address ? address->domain().text() : "";
}

std::optional<IpAddress> source_for(RemoteOptions const& options, std::string_view sender, IpAddress const& to) {
  for (DomainSource const& one : options.domain_sources)
    if (iequals(one.domain, sender) && one.address.is_v4() == to.is_v4()) return one.address;
  for (IpAddress const& one : options.sources)
    if (one.is_v4() == to.is_v4()) return one;
  return std::nullopt;
}

// RFC 1912 section 2.1 asks for matching PTR and A records.
net::Task<std::optional<bool>> ReverseNames::ask(IpAddress address) {
  dns::Question const question = dns::Question::reverse(address);
  dns::Answer const names = co_await look_up(resolver_, question.type, question.name);
  bool known = is_known(names);
  for (dns::Record const& record : names.records) {
    auto const* ptr = std::get_if<dns::Ptr>(&record);
    if (ptr == nullptr) continue;
    dns::Answer const back =
        co_await look_up(resolver_, address.is_v4() ? dns::RecordType::a : dns::RecordType::aaaa, ptr->name);
    if (std::ranges::find(back.records, dns::Record(address)) != back.records.end()) co_return true;
    known = known && is_known(back);
  }
  if (!known) co_return std::nullopt;
  co_return false;
}

net::Task<bool> ReverseNames::has_name(IpAddress address) {
  {
    std::lock_guard const lock(mutex_);
    auto const found = known_.find(address);
    if (found != known_.end() && found->second.until > clock_.steady()) co_return found->second.named;
  }
  std::optional<bool> const named = co_await ask(address);
  if (!named) co_return true;
  if (!*named) log(kNameless, {{"address", address.text()}});
  std::lock_guard const lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_.insert_or_assign(address, Known{*named, clock_.steady() + kKept});
  co_return *named;
}

std::vector<IpAddress> ReverseNames::nameless() const {
  std::lock_guard const lock(mutex_);
  std::vector<IpAddress> out;
  for (auto const& [address, known] : known_)
    if (!known.named) out.push_back(address);
  return out;
}

net::Task<std::vector<RemoteHost>> without_nameless(ReverseNames& names, RemoteOptions const& options,
                                                    std::string sender, std::vector<RemoteHost> hosts) {
  std::vector<RemoteHost> kept;
  for (RemoteHost const& host : hosts) {
    bool usable = true;
    if (!host.where.address.is_v4() && !is_loopback(host)) {
      std::optional<IpAddress> source = source_for(options, sender, host.where.address);
      if (!source) source = net::local_address_for(host.where);
      if (source) usable = co_await names.has_name(*source);
    }
    if (usable) kept.push_back(host);
  }
  co_return kept.empty() ? std::move(hosts) : std::move(kept);
}

}  // namespace yubin::deliver
