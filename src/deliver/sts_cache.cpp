#include "deliver/sts_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "deliver/look_up.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kFetched{"sts.fetched", LogLevel::info, "a domain's MTA-STS policy was fetched"};
constexpr LogEvent kNotFetched{"sts.not_fetched", LogLevel::warning,
                               "a domain says that it has an MTA-STS policy, and it cannot be had"};
constexpr LogEvent kNotKept{"sts.not_kept", LogLevel::error, "an MTA-STS policy cannot be written or read"};

constexpr std::chrono::seconds kLimit{60};        // RFC 8461 section 3.3
constexpr std::chrono::minutes kAfterFailure{5};  // the same
constexpr std::int64_t kRefresh = 24 * 60 * 60;   // seconds
constexpr std::size_t kMostAddresses = 3;
constexpr std::size_t kMostFailures = 4096;
constexpr std::size_t kMostUsed = 100'000;

bool is_text(std::string_view content_type) {
  return iequals(trim(content_type.substr(0, content_type.find(';'))), "text/plain");
}

}  // namespace

std::int64_t StsCache::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

net::Task<std::optional<StsRow>> StsCache::load(std::string domain) {
  Result<std::optional<std::string>> value;
  auto work = [&] { value = services_.key_value.get(kv::Table::queue, sts_key(domain)); };
  co_await net::run_on(services_.pool, Lane::delivery, std::ref(work));
  if (!value) log(kNotKept, {{"domain", domain}, {"detail", value.error().detail}});
  if (!value || !*value) co_return std::nullopt;
  Result<StsRow> row = decode_sts(**value);
  if (!row) log(kNotKept, {{"domain", domain}, {"detail", row.error().detail}});
  if (!row || row->is_over(now())) co_return std::nullopt;
  co_return *std::move(row);
}

net::Task<StsCache::Found> StsCache::find(net::Loop& loop, std::string domain) {
  std::optional<StsRow> row = co_await load(domain);
  if (row) {
    std::lock_guard const lock(mutex_);
    if (used_.size() < kMostUsed) used_.insert(domain);
  }
  dns::Answer const txt = co_await look_up(services_.resolver, dns::RecordType::txt, "_mta-sts." + domain);
  std::optional<std::string> id = sts_id(txt);
  // Section 5.1: that the record is gone does not end a policy that we know.
  if (!id || (row && row->id == *id)) {
    Found known;
    if (row) known.policy = std::move(row->policy);
    co_return known;
  }
  Found found = co_await fetch_once(loop, std::move(domain), *std::move(id), std::move(row));
  co_return found;
}

std::optional<StsCache::Failure> StsCache::recent_failure(std::string const& domain) {
  std::lock_guard const lock(mutex_);
  auto const found = failures_.find(domain);
  if (found == failures_.end()) return std::nullopt;
  if (found->second.until > services_.clock.now()) return found->second;
  failures_.erase(found);
  return std::nullopt;
}

void StsCache::note_failure(std::string const& domain, Fetched const& fetched) {
  log(kNotFetched, {{"domain", domain}, {"why", fetched.why}});
  std::lock_guard const lock(mutex_);
  if (failures_.size() >= kMostFailures) failures_.clear();
  failures_.insert_or_assign(domain, Failure{services_.clock.now() + kAfterFailure, fetched.trouble, fetched.why});
}

// Who comes while somebody else fetches the same waits for him.
net::Task<StsCache::Found> StsCache::fetch_once(net::Loop& loop, std::string domain, std::string id,
                                                std::optional<StsRow> old) {
  Found found;
  if (old) found.policy = std::move(old->policy);
  if (auto failure = recent_failure(domain)) {
    found.trouble = failure->trouble;
    found.why = std::move(failure->why);
    co_return found;
  }
  bool first = false;
  {
    std::lock_guard const lock(mutex_);
    first = fetching_.try_emplace(domain).second;
  }
  if (!first) {
    auto wait = [&](net::Resume resume) {
      std::unique_lock lock(mutex_);
      auto const under_way = fetching_.find(domain);
      if (under_way != fetching_.end()) return under_way->second.push_back(std::move(resume));
      lock.unlock();
      resume();
    };
    co_await net::suspend(std::move(wait));
    std::optional<StsRow> row = co_await load(domain);
    if (row) found.policy = std::move(row->policy);
    co_return found;
  }
  Fetched fetched = co_await fetch_and_keep(loop, domain, std::move(id));
  std::vector<net::Resume> waiting;
  {
    std::lock_guard const lock(mutex_);
    waiting = std::move(fetching_.extract(domain).mapped());
  }
  for (net::Resume& resume : waiting) resume();
  if (fetched.policy) found.policy = std::move(fetched.policy);
  found.trouble = fetched.trouble;
  found.why = std::move(fetched.why);
  co_return found;
}

net::Task<StsCache::Fetched> StsCache::fetch_and_keep(net::Loop& loop, std::string domain, std::string id) {
  Fetched fetched = co_await fetch(loop, domain);
  if (!fetched.policy) {
    note_failure(domain, fetched);
    co_return fetched;
  }
  log(kFetched, {{"domain", domain}, {"mode", to_string(fetched.policy->mode)}, {"id", id}});
  kv::Batch batch;
  batch.put(kv::Table::queue, sts_key(domain), encode_sts({std::move(id), *fetched.policy, now()}));
  co_await commit(std::move(batch), std::move(domain));
  co_return fetched;
}

net::Task<> StsCache::commit(kv::Batch batch, std::string domain) {
  Result<> kept;
  auto write = [&](net::Resume resume) {
    services_.committer.submit(std::move(batch), [&kept, resume = std::move(resume)](Result<> done) mutable {
      kept = std::move(done);
      resume();
    });
  };
  co_await net::suspend(std::move(write));
  if (!kept) log(kNotKept, {{"domain", domain}, {"detail", kept.error().detail}});
}

net::Task<StsCache::Fetched> StsCache::fetch(net::Loop& loop, std::string domain) {
  http::Fetch what{
      .host = "mta-sts." + domain, .port = options_.port, .target = "/.well-known/mta-sts.txt", .addresses = {}};
  what.limit = kLimit;
  for (dns::RecordType const type : {dns::RecordType::a, dns::RecordType::aaaa}) {
    dns::Answer const answer = co_await look_up(services_.resolver, type, what.host);
    for (dns::Record const& record : answer.records) {
      auto const* address = std::get_if<IpAddress>(&record);
      bool const usable = address != nullptr && (options_.loopback || !address->is_loopback());
      if (usable && what.addresses.size() < kMostAddresses) what.addresses.push_back(*address);
    }
  }
  if (what.addresses.empty()) co_return Fetched{{}, Trouble::not_fetched, what.host + " has no address"};
  Result<http::Response> const response = co_await services_.get(loop, std::move(what));
  if (!response) {
    bool const certificate = response.error().code == Errc::denied;
    co_return Fetched{{}, certificate ? Trouble::bad_certificate : Trouble::not_fetched, response.error().detail};
  }
  // Section 3.3: no redirect is followed.
  if (response->status != 200)
    co_return Fetched{{}, Trouble::not_fetched, fmt::format("the server answers {}", response->status)};
  if (!is_text(response->content_type))
    co_return Fetched{
        {}, Trouble::bad_policy, "the policy is " + yubin::quoted(response->content_type) + ", no text/plain"};
  Result<StsPolicy> policy = parse_sts_policy(response->body);
  if (!policy) co_return Fetched{{}, Trouble::bad_policy, policy.error().detail};
  co_return Fetched{*std::move(policy)};
}

net::Task<> StsCache::refresh_one(net::Loop& loop, std::string domain, StsRow row) {
  if (row.is_over(now())) {
    kv::Batch batch;
    batch.erase(kv::Table::queue, sts_key(domain));
    co_await commit(std::move(batch), std::move(domain));
    co_return;
  }
  {
    std::lock_guard const lock(mutex_);
    if (now() - row.fetched < kRefresh || !used_.contains(domain)) co_return;
  }
  (void)co_await fetch_and_keep(loop, std::move(domain), std::move(row.id));
}

net::Task<> StsCache::refresh(net::Loop& loop) {
  {
    std::lock_guard const lock(mutex_);
    if (std::exchange(refreshing_, true)) co_return;
  }
  kv::Range range = sts_range();
  for (bool more = true; more;) {
    Result<kv::Page> page;
    auto work = [&] { page = services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = 100}); };
    co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
    if (!page) {
      log(kNotKept, {{"detail", page.error().detail}});
      break;
    }
    for (kv::Row const& one : page->rows) {
      Result<StsRow> row = decode_sts(one.value);
      if (row) co_await refresh_one(loop, sts_domain(one.key), *std::move(row));
    }
    more = page->next.has_value();
    if (more) range.from = *page->next;
  }
  std::lock_guard const lock(mutex_);
  refreshing_ = false;
}

}  // namespace yubin::deliver
