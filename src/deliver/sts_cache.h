// The MTA-STS policies of domains that we send to: fetched over HTTPS when their TXT record says that there is another,
// kept in the store, and refreshed in the background as long as they are used (RFC 8461).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "deliver/sts_policy.h"
#include "deliver/sts_row.h"
#include "dns/resolver.h"
#include "http/fetch.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "net/task.h"

namespace yubin::deliver {

struct StsOptions {
  std::uint16_t port = 443;  // another in tests only
  bool loopback = false;     // a policy may come from there: for tests
};

// Any thread.
class StsCache {
 public:
  // http::get() with the authorities that are trusted.
  using Get = std::function<net::Task<Result<http::Response>>(net::Loop& loop, http::Fetch what)>;
  // All outlive this and the loops' tasks.
  struct Services {
    dns::Resolver& resolver;
    kv::KeyValue const& key_value;
    kv::Committer& committer;
    Executor& pool;
    Clock const& clock;
    Get get;
  };
  // As RFC 8460 section 4.3 tells them apart.
  enum class Trouble { none, not_fetched, bad_certificate, bad_policy };
  struct Found {
    std::optional<StsPolicy> policy{};  // that holds now; none: there is none, or it cannot be had
    Trouble trouble = Trouble::none;    // with the newest one; an older one may hold all the same
    std::string why{};
  };

  StsCache(Services services, StsOptions const& options) : services_(std::move(services)), options_(options) {}

  // On the loop's thread. RFC 8461 section 5.1: no policy is waited for longer than a minute, and one that cannot be
  // fetched is not asked for again for five.
  net::Task<Found> find(net::Loop& loop, std::string domain);

  // Fetches again those that are used and older than a day, so that none ends only because somebody keeps us from its
  // domain (section 10.2), and forgets those that are over. One call at a time does something.
  net::Task<> refresh(net::Loop& loop);

 private:
  struct Failure {
    WallTime until;
    Trouble trouble;
    std::string why;
  };
  struct Fetched {
    std::optional<StsPolicy> policy{};
    Trouble trouble = Trouble::none;
    std::string why{};
  };

  net::Task<std::optional<StsRow>> load(std::string domain);
  net::Task<Found> fetch_once(net::Loop& loop, std::string domain, std::string id, std::optional<StsRow> old);
  net::Task<Fetched> fetch(net::Loop& loop, std::string domain);
  net::Task<Fetched> fetch_and_keep(net::Loop& loop, std::string domain, std::string id);
  net::Task<> commit(kv::Batch batch, std::string domain);
  net::Task<> refresh_one(net::Loop& loop, std::string domain, StsRow row);
  std::optional<Failure> recent_failure(std::string const& domain);
  void note_failure(std::string const& domain, Fetched const& fetched);
  std::int64_t now() const;

  Services const services_;
  StsOptions const options_;
  std::mutex mutex_;
  std::map<std::string, std::vector<net::Resume>> fetching_;  // domains, and who waits for them
  std::map<std::string, Failure> failures_;
  std::set<std::string> used_;  // since the start
  bool refreshing_ = false;
};

}  // namespace yubin::deliver
