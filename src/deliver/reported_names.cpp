#include "deliver/reported_names.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kDamaged{"report.name_due_damaged", LogLevel::error,
                            "a row that says when a name is asked again cannot be read, and is removed"};

bool failed(dns::Answer const& answer) {
  return answer.status == dns::Status::temporary || answer.status == dns::Status::bogus;
}

std::int64_t seconds(std::chrono::days days) {
  return std::chrono::seconds(days).count();
}

}  // namespace

ReportedNames::ReportedNames(kv::KeyValue const& key_value, kv::Committer& committer, dns::Resolver& resolver,
                             Clock const& clock)
    : key_value_(key_value),
      committer_(committer),
      resolver_(resolver),
      clock_(clock),
      state_(std::make_shared<State>()) {}

std::int64_t ReportedNames::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

Result<Turn> ReportedNames::look_up_some() {
  std::vector<Found> named;
  std::vector<Found> done;
  {
    std::lock_guard const lock(state_->mutex);
    named.swap(state_->named);
    done.swap(state_->done);
  }
  for (Found& one : named) confirm(std::move(one));
  if (!done.empty()) TRY_VOID(write(done));
  if (under_way_.size() >= kAtOnce) return Turn::done;
  // Those that are under way still stand there.
  TRY(kv::Page const page,
      key_value_.scan(kv::Table::queue, report::names_due_range(now()), kv::Limit{.rows = 2 * kAtOnce}));
  kv::Batch damaged;
  for (kv::Row const& row : page.rows) {
    Result<report::NameDue> const due = report::NameDue::decode(row.key);
    if (!due) {
      log(kDamaged, {{"key", to_hex(row.key)}, {"detail", due.error().detail}});
      damaged.erase(kv::Table::queue, row.key);
      continue;
    }
    if (under_way_.size() >= kAtOnce || !under_way_.emplace(due->address, row.key).second) continue;
    ask_name(due->address);
  }
  if (!damaged.empty()) TRY_VOID(committer_.commit(std::move(damaged)));
  return Turn::done;
}

void ReportedNames::ask_name(IpAddress const& address) {
  resolver_.look_up(dns::Question::reverse(address), [state = state_, address](dns::Answer const& answer) {
    Found found{.address = address, .failed = failed(answer)};
    for (dns::Record const& record : answer.records) {
      auto const* pointer = std::get_if<dns::Ptr>(&record);
      if (pointer != nullptr && found.name.empty()) found.name = pointer->name;
    }
    std::lock_guard const lock(state->mutex);
    (found.name.empty() ? state->done : state->named).push_back(std::move(found));
  });
}

// RFC 1912 section 2.1: whose name it is says only the name itself.
void ReportedNames::confirm(Found found) {
  dns::RecordType const type = found.address.is_v4() ? dns::RecordType::a : dns::RecordType::aaaa;
  dns::Question question{type, found.name};
  resolver_.look_up(std::move(question), [state = state_, found = std::move(found)](dns::Answer const& answer) {
    Found confirmed = found;
    confirmed.failed = failed(answer);
    confirmed.confirmed = std::ranges::any_of(answer.records, [&](dns::Record const& record) {
      auto const* address = std::get_if<IpAddress>(&record);
      return address != nullptr && *address == confirmed.address;
    });
    std::lock_guard const lock(state->mutex);
    state->done.push_back(std::move(confirmed));
  });
}

// What is known stays while the DNS does not tell. A row that was forgotten meanwhile does not come back.
Result<> ReportedNames::write(std::vector<Found> const& found) {
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (Found const& one : found) keys.push_back(report::name_key(one.address));
  TRY(auto const rows, key_value_.multi_get(kv::Table::queue, keys));
  kv::Batch batch;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Found const& one = found[i];
    batch.erase(kv::Table::queue, under_way_.at(one.address));
    if (!rows[i]) continue;
    report::ReverseName name = report::decode_name(*rows[i]).value_or(report::ReverseName{});
    name.looked_up = now();
    if (!one.failed || name.name.empty()) {
      name.name = one.name;
      name.confirmed = one.confirmed;
    }
    batch.put(kv::Table::queue, keys[i], report::encode_name(name));
    batch.put(kv::Table::queue, report::NameDue{now() + seconds(one.failed ? kRetry : kFresh), one.address}.encode(),
              "");
  }
  TRY_VOID(committer_.commit(std::move(batch)));
  for (Found const& one : found) under_way_.erase(one.address);
  return {};
}

}  // namespace yubin::deliver
