// Checks what the DNS says of our domains (dns_check.h): when somebody asks, and by itself once a day; what is wrong
// stands in `yubin status` until it is right again.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/dns_check.h"
#include "base/clock.h"
#include "base/upkeep.h"
#include "kv/group_thread.h"
#include "policy/key_ring.h"

namespace yubin::api {

class DnsWatch {
 public:
  // All outlive this.
  struct Services {
    policy::KeyRing& ring;
    directory::Directory const& directory;
    dns::Resolver* resolver;  // none: nothing can be checked
    Clock const& clock;
    std::function<DnsFacts()> facts;  // of now; any thread
  };
  explicit DnsWatch(Services services);
  DnsWatch(DnsWatch const&) = delete;

  DnsFacts facts() const;  // reads the store

  using OnChecked = std::move_only_function<void(Result<std::vector<DnsFinding>>)>;
  // The domain and the host. Any thread; calls back on a thread of its own, within some times the resolver's limit. One
  // domain after the other.
  void check(mime::Domain domain, OnChecked done);

  // For upkeep: the host, or the next domain of a round. Blocks.
  Result<Turn> check_one();
  // What is wrong as far as was found last, in sentences, at most 20.
  std::vector<std::string> warnings() const;

  struct Wrong {
    std::string place;  // name and type
    std::string text;   // a sentence
  };

 private:
  using Job = std::move_only_function<void()>;

  Result<std::vector<DnsFinding>> run(mime::Domain const& domain);
  std::vector<DnsFinding> run_host();
  DnsWorld world() const;
  void note(std::string const& about, std::vector<DnsFinding> const& findings);

  Services const services_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Wrong>> wrong_;  // of a domain, or of the host ("")
  // Of the upkeep's thread.
  std::vector<mime::Domain> round_;  // that wait for their turn
  bool host_is_checked_ = false;     // in this round
  kv::GroupThread<Job> thread_;      // the last: it uses the others
};

}  // namespace yubin::api
