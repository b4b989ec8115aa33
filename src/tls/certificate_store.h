// The server's certificates, and what is made of them for each service. A reload replaces them for all services
// together or for none; connections go on with what they began with.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tls/context.h"
#include "tls/identity.h"

namespace yubin::tls {

struct CertificateFiles {
  std::filesystem::path chain;  // certificate and intermediates, in any order; may hold the key too
  std::filesystem::path key;    // may be the same file
};

// At least one; in the order given, which is the order of preference (Context::make).
Result<std::vector<Identity>> read_identities(std::span<CertificateFiles const> files);

// All functions: any thread.
class CertificateStore {
 public:
  explicit CertificateStore(std::vector<Identity> identities) : identities_(std::move(identities)) {}

  // The Slot of a service, whose Context is made of the certificates of now. Errors as Context::make().
  Result<std::shared_ptr<Slot>> add_service(ServiceOptions options);

  // New connections get these certificates from now on. When one of them cannot be used, or its time is over or has not
  // come, while those in use are fine, nothing changes, and the error says why.
  Result<> replace(std::vector<Identity> identities, WallTime now);

  // Those in use, for status pages; empty before the first service.
  std::vector<CertificateInfo> certificates() const;
  bool covers(std::string_view host_name) const;
  // As Context::check_time(); well before the first service.
  Result<> check_time(WallTime now) const;

 private:
  struct Service {
    ServiceOptions options;
    std::shared_ptr<Slot> slot;
  };

  mutable std::mutex mutex_;
  std::vector<Identity> identities_;
  std::vector<Service> services_;
};

// What `yubin reload` does: reads the files anew and replaces what is in use.
Result<> reload(CertificateStore& store, std::span<CertificateFiles const> files, WallTime now);

}  // namespace yubin::tls
