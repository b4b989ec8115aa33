// What the API asks the running server about itself. Declared here, implemented by who runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace yubin::api {

struct ListenerStatus {
  std::string service;
  std::string address;
  std::string tls;  // none, starttls, implicit
};

struct ServiceStatus {
  std::string service;
  std::uint64_t connections = 0;                 // open now
  std::optional<std::uint64_t> unauthenticated;  // of these; empty where nobody logs in
  std::uint64_t admitted = 0;                    // since the start
  std::uint64_t refused = 0;
};

struct CertificateStatus {
  std::string file;
  std::vector<std::string> names;
  WallTime expires;
};

struct JobStatus {
  std::string name;
  std::optional<WallTime> ended;  // empty: it has not run yet
  std::string failure;            // of the last time; empty: it went well
};

struct SpaceStatus {
  std::string directory;
  std::uint64_t used = 0;  // bytes of the store's files
  std::uint64_t free = 0;  // bytes that the server may still write there
  bool low = false;
};

// Of the resolver; since the start.
struct DnsStatus {
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;  // no answer, for now
  std::uint64_t bogus = 0;   // DNSSEC does not vouch for the answer
  std::string last_failure;  // in words; empty: there was none
  std::optional<WallTime> failed_at;
  bool down = false;  // the last answers were failures only
};

struct Status {
  std::string version;
  std::string host_name;
  std::string configuration;  // the file; empty: there is none
  std::uint64_t generation = 1;
  WallTime started;
  std::string sandbox;  // what is restricted, in words
  std::vector<ListenerStatus> listeners;
  std::vector<ServiceStatus> services;
  std::vector<CertificateStatus> certificates;
  SpaceStatus space;
  std::vector<JobStatus> jobs;
  std::optional<DnsStatus> dns{};       // where mail goes out
  std::vector<std::string> warnings{};  // sentences about what somebody should look after
  std::vector<std::string> alarms{};    // the same, at once
};

struct Reloaded {
  std::vector<std::string> problems;  // sentences; if there are any, nothing has changed
  std::uint64_t generation = 0;       // that is in use now
  std::vector<std::string> restart;   // options that changed and are felt only after a restart
};

// Both: on the storage pool; may read the disk.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual Status status() = 0;
  virtual Reloaded reload() = 0;
};

// For a store that no server is running on.
class NoRuntime final : public Runtime {
 public:
  Status status() override { return {}; }
  Reloaded reload() override { return {}; }
};

}  // namespace yubin::api
