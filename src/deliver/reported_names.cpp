#include "deliver/reported_names.h"

#include <algorithm>

namespace yubin::deliver {

namespace {

constexpr std::size_t kLook = 500;  // rows in a slice

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
  std::size_t asked = 0;
  {
    std::lock_guard const lock(state_->mutex);
    named.swap(state_->named);
    done.swap(state_->done);
    asked = state_->asked;
  }
  for (Found& one : named) confirm(std::move(one));
  if (!done.empty()) TRY_VOID(write(std::move(done)));
  if (asked + named.size() >= kAtOnce) return Turn::done;
  if (next_.empty() && clock_.steady() < rest_until_) return Turn::done;
  kv::Range range = report::kind_range(report::Kind::name);
  range.from = std::max(range.from, next_);
  TRY(kv::Page const page, key_value_.scan(kv::Table::queue, range, kv::Limit{.rows = kLook}));
  std::size_t room = kAtOnce - asked - named.size();
  for (kv::Row const& row : page.rows) {
    next_ = row.key + '\0';
    TRY(report::ReverseName const name, report::decode_name(row.value));
    if (name.looked_up != 0 && now() - name.looked_up < seconds(kFresh)) continue;
    TRY(IpAddress const address, report::decode_name_key(row.key));
    ask_name(address);
    any_ = true;
    if (--room == 0) return Turn::done;
  }
  if (page.next) return Turn::more;
  next_.clear();
  if (!any_) rest_until_ = clock_.steady() + kRest;
  any_ = false;
  return Turn::done;
}

void ReportedNames::ask_name(IpAddress const& address) {
  {
    std::lock_guard const lock(state_->mutex);
    ++state_->asked;
  }
  resolver_.look_up(dns::Question::reverse(address), [state = state_, address, now = now()](dns::Answer const& answer) {
    Found found{address, {.looked_up = failed(answer) ? now - seconds(kFresh) + seconds(kRetry) : now}};
    for (dns::Record const& record : answer.records) {
      auto const* pointer = std::get_if<dns::Ptr>(&record);
      if (pointer != nullptr && found.name.name.empty()) found.name.name = pointer->name;
    }
    std::lock_guard const lock(state->mutex);
    --state->asked;
    (found.name.name.empty() ? state->done : state->named).push_back(std::move(found));
  });
}

// RFC 1912 section 2.1: whose name it is says only the name itself.
void ReportedNames::confirm(Found found) {
  {
    std::lock_guard const lock(state_->mutex);
    ++state_->asked;
  }
  dns::RecordType const type = found.address.is_v4() ? dns::RecordType::a : dns::RecordType::aaaa;
  resolver_.look_up({type, found.name.name}, [state = state_, found](dns::Answer const& answer) {
    Found confirmed = found;
    confirmed.name.confirmed = std::ranges::any_of(answer.records, [&](dns::Record const& record) {
      auto const* address = std::get_if<IpAddress>(&record);
      return address != nullptr && *address == confirmed.address;
    });
    std::lock_guard const lock(state->mutex);
    --state->asked;
    state->done.push_back(std::move(confirmed));
  });
}

Result<> ReportedNames::write(std::vector<Found> found) {
  kv::Batch batch;
  for (Found const& one : found)
    batch.put(kv::Table::queue, report::name_key(one.address), report::encode_name(one.name));
  return committer_.commit(std::move(batch));
}

}  // namespace yubin::deliver
