// The whole server: makes every object, in an order in which each outlives what uses it, and stops them in reverse.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/password.h"
#include "base/result.h"
#include "directory/directory.h"
#include "mime/address.h"
#include "net/endpoint.h"
#include "store/store.h"
#include "tls/identity.h"

namespace yubin::app {

enum class Service { mx, imap, imaps };

struct ListenerOptions {
  Service service;
  net::Endpoint where;
  bool if_available = false;  // no error when the machine has no such address
};

struct ServerOptions {
  std::string host_name;
  mime::Domain default_domain;      // of <postmaster> without a domain
  std::filesystem::path directory;  // of the store; made if missing
  std::filesystem::path admin_socket;
  std::vector<ListenerOptions> listeners;
  tls::Identity identity;
  auth::Scheme password_scheme = auth::Scheme::argon2id;
  bool login_in_clear = false;  // for load tools on loopback only
};

class Server {
 public:
  // Binds, opens the store, starts the threads. Nothing is accepted yet. Each error is one sentence for people; nothing
  // is left running.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);
  // Tells all sessions to end, waits up to ten seconds for them, then stops everything.
  ~Server();

  // From now on connections are taken.
  void accept();
  // Where each listener stands, in the order of the options; with the port that was chosen where 0 was asked for.
  std::vector<net::Endpoint> const& endpoints() const;

  directory::Directory& directory();
  store::Store& store();
  // Blocks; before accept(), for filling a new store.
  Result<std::string> hash_password(Secret password);
  Clock& clock();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::app
