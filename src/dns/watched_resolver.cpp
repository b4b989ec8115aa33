#include "dns/watched_resolver.h"

#include <fmt/format.h>

#include <utility>

namespace yubin::dns {

std::string_view to_string(RecordType type) {
  switch (type) {
    case RecordType::a:
      return "A";
    case RecordType::aaaa:
      return "AAAA";
    case RecordType::mx:
      return "MX";
    case RecordType::txt:
      return "TXT";
    case RecordType::ptr:
      return "PTR";
    case RecordType::tlsa:
      return "TLSA";
    case RecordType::cname:
      return "CNAME";
    case RecordType::srv:
      return "SRV";
    case RecordType::caa:
      return "CAA";
  }
  std::unreachable();
}

void WatchedResolver::look_up(Question question, Callback done) {
  {
    std::lock_guard const lock(mutex_);
    ++health_.asked;
  }
  Question const copy = question;
  inner_->look_up(std::move(question), [this, copy, done = std::move(done)](Answer answer) mutable {
    note(copy, answer);
    done(std::move(answer));
  });
}

void WatchedResolver::note(Question const& question, Answer const& answer) {
  bool const bogus = answer.status == Status::bogus;
  std::lock_guard const lock(mutex_);
  if (answer.status != Status::temporary && !bogus) {
    ++health_.answered;
    health_.failed_in_a_row = 0;
    return;
  }
  ++(bogus ? health_.bogus : health_.failed);
  if (!bogus) ++health_.failed_in_a_row;
  health_.last_failure = fmt::format("{} {}: {}", question.name, to_string(question.type), answer.why);
  health_.failed_at = clock_.now();
}

Health WatchedResolver::health() const {
  std::lock_guard const lock(mutex_);
  return health_;
}

}  // namespace yubin::dns
