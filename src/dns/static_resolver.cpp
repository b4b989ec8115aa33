#include "dns/static_resolver.h"

#include <algorithm>

#include "dns/name.h"

namespace yubin::dns {

namespace {

// As long a chain of CNAMEs as libunbound follows.
constexpr int kMaxAliases = 11;

Answer failed(Status status, std::string why) {
  Answer answer;
  answer.status = status;
  answer.why = std::move(why);
  return answer;
}

Answer failed(Zone::Failure failure) {
  switch (failure) {
    case Zone::Failure::servfail:
      return failed(Status::temporary, "SERVFAIL");
    case Zone::Failure::timeout:
      return failed(Status::temporary, "timeout");
    case Zone::Failure::bogus:
      return failed(Status::bogus, "DNSSEC says that the answer is forged");
  }
  return {};
}

}  // namespace

void StaticResolver::look_up(Question question, Callback done) {
  done(answer(question));
}

Answer StaticResolver::answer(Question const& question) const {
  auto name = normal_name(question.name);
  if (!name) return failed(Status::temporary, "not a domain name");
  Answer answer;
  answer.secure = true;
  answer.ttl = std::chrono::seconds(3600);
  for (int aliases = 0; aliases <= kMaxAliases; ++aliases) {
    Zone::Node const* node = zone_.find_covering(*name);
    answer.canonical_name = *name;
    answer.secure = answer.secure && zone_.is_secure(*name);
    if (node == nullptr) {
      answer.status = Status::no_such_name;
      return answer;
    }
    if (node->failure) return failed(*node->failure);
    if (node->cname && question.type == RecordType::cname) {
      answer.status = Status::found;
      answer.records.emplace_back(node->cname->data);
      answer.ttl = std::min(answer.ttl, node->cname->ttl);
      return answer;
    }
    if (node->cname) {
      answer.ttl = std::min(answer.ttl, node->cname->ttl);
      name = node->cname->data.target;
      continue;
    }
    auto const found = node->records.find(question.type);
    answer.status = found == node->records.end() ? Status::no_data : Status::found;
    if (answer.status == Status::no_data) return answer;
    for (auto const& record : found->second) {
      answer.records.push_back(record.data);
      answer.ttl = std::min(answer.ttl, record.ttl);
    }
    return answer;
  }
  return failed(Status::temporary, "a loop of CNAMEs");
}

}  // namespace yubin::dns
