#include "deliver/look_up.h"

namespace yubin::deliver {

net::Task<dns::Answer> look_up(dns::Resolver& resolver, dns::RecordType type, std::string name) {
  dns::Answer answer;
  auto start = [&](net::Resume resume) {
    resolver.look_up({type, name}, [&answer, resume = std::move(resume)](dns::Answer found) mutable {
      answer = std::move(found);
      resume();
    });
  };
  co_await net::suspend(std::move(start));
  co_return answer;
}

}  // namespace yubin::deliver
