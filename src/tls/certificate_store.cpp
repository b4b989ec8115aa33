#include "tls/certificate_store.h"

#include "base/assert.h"

namespace yubin::tls {

Result<std::vector<Identity>> read_identities(std::span<CertificateFiles const> files) {
  YUBIN_ASSERT(!files.empty());
  std::vector<Identity> identities;
  for (CertificateFiles const& one : files) {
    TRY(Identity identity, read_identity(one.chain, one.key));
    identities.push_back(std::move(identity));
  }
  return identities;
}

Result<std::shared_ptr<Slot>> CertificateStore::add_service(ServiceOptions options) {
  static SystemClock const clock;
  std::lock_guard lock(mutex_);
  options.ticket_keys = std::make_shared<TicketKeys>(clock);
  TRY(auto context, Context::make(identities_, options));
  auto slot = std::make_shared<Slot>(std::move(context));
  services_.push_back({std::move(options), slot});
  return slot;
}

Result<> CertificateStore::replace(std::vector<Identity> identities, WallTime now) {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Context const>> contexts;
  for (Service const& service : services_) {
    TRY(auto context, Context::make(identities, service.options));
    if (service.slot->get()->check_time(now)) TRY_VOID(context->check_time(now));
    contexts.push_back(std::move(context));
  }
  for (std::size_t i = 0; i < services_.size(); ++i) services_[i].slot->set(std::move(contexts[i]));
  identities_ = std::move(identities);
  return {};
}

std::vector<CertificateInfo> CertificateStore::certificates() const {
  std::lock_guard lock(mutex_);
  if (services_.empty()) return {};
  return services_.front().slot->get()->certificates();
}

bool CertificateStore::covers(std::string_view host_name) const {
  std::lock_guard lock(mutex_);
  return !services_.empty() && services_.front().slot->get()->covers(host_name);
}

Result<> CertificateStore::check_time(WallTime now) const {
  std::lock_guard lock(mutex_);
  if (services_.empty()) return {};
  return services_.front().slot->get()->check_time(now);
}

Result<> reload(CertificateStore& store, std::span<CertificateFiles const> files, WallTime now) {
  TRY(std::vector<Identity> identities, read_identities(files));
  return store.replace(std::move(identities), now);
}

}  // namespace yubin::tls
