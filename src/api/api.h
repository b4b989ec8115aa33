// The admin API: HTTP requests with JSON under /api/v1/, answered from the directory, the store and the journal.
// docs/openapi.yaml describes it for clients.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/route.h"
#include "api/runtime.h"
#include "auth/authenticator.h"
#include "auth/password.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "base/unique_id.h"
#include "directory/app_passwords.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "kv/bodies.h"
#include "kv/key_value.h"
#include "store/store.h"

namespace yubin::backup {
class Service;
}

namespace yubin::api {

using HashPassword = std::function<void(Secret, std::move_only_function<void(Result<std::string>)>)>;

// Calls back on any thread.
using CheckPassword = std::function<void(auth::Attempt, auth::Authenticator::Callback)>;

struct Services {
  directory::Directory& directory;
  directory::AppPasswords& app_passwords;
  store::Store& store;
  journal::Journal& journal;
  HashPassword hash_password;  // calls back on any thread
  CheckPassword check_password;
  Random& random;
  // Below the store: for verifying and mending it.
  kv::KeyValue& rows;
  kv::Bodies& bodies;
  UniqueIds& ids;
  Clock& clock;
  Executor& pool;
  std::filesystem::path store_directory;
  std::function<void()> purge_soon;  // accounts whose grace is over are to be purged now
  Runtime& runtime;
  backup::Service* backups = nullptr;  // none: nothing here can be backed up
};

// One of the two: the password itself, or how another server has stored it ("{SCHEME}…").
struct GivenPassword {
  Secret password;
  std::string hash;
};

class Api {
 public:
  explicit Api(Services services) : services_(std::move(services)) {}

  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply);

 private:
  static std::span<Route<Api> const> routes();

  void list_domains(Call call, Reply reply);
  void show_domain(Call call, Reply reply);
  void add_domain(Call call, Reply reply);
  void change_domain(Call call, Reply reply);
  void remove_domain(Call call, Reply reply);

  void list_accounts(Call call, Reply reply);
  void show_account(Call call, Reply reply);
  void add_account(Call call, Reply reply);
  void set_password(Call call, Reply reply);
  void store_password(mime::Address address, GivenPassword password, Call call, Reply reply);
  void change_account(Call call, Reply reply);
  void remove_account(Call call, Reply reply);
  void restore_account(Call call, Reply reply);
  void list_removed_accounts(Call call, Reply reply);
  void apply_settings(directory::Account account, directory::Directory::EditSettings edit, Call call, Reply reply);
  void create_mailboxes(directory::Account account, Call call, Reply reply);

  Result<directory::Account> get_account(std::string_view text) const;  // errors: syntax, not_found
  void list_app_passwords(Call call, Reply reply);
  void add_app_password(Call call, Reply reply);
  void remove_app_password(Call call, Reply reply);

  void list_aliases(Call call, Reply reply);
  void show_alias(Call call, Reply reply);
  void add_alias(Call call, Reply reply);
  void change_alias(Call call, Reply reply);
  void remove_alias(Call call, Reply reply);

  void create_backup(Call call, Reply reply);
  void restore_messages(Call call, Reply reply);

  void search_journal(Call call, Reply reply);
  void show_entry(Call call, Reply reply);
  void after_noted(std::move_only_function<void()> answer);

  struct Verifying;
  void show_store(Call call, Reply reply);
  void verify_store(Call call, Reply reply);
  void go_on_verifying(std::shared_ptr<Verifying> const& work);
  void repair_account(Call call, Reply reply);

  std::int64_t seconds_now() const;  // since 1970

  // When the change is durable: on an error refuses `wanted`, else writes down and replies what `then` makes of its
  // value.
  struct Changed {
    std::string what;  // for the journal
    http::Response response;
  };
  template <class T, class Then>
  void finish(kv::Ticket<T> const& ticket, std::string wanted, Call call, Reply reply, Then then);
  // For an error about a name: if there is none such, says which one may have been meant.
  void refuse(Error error, std::string wanted, Reply reply);

  void show_status(Call call, Reply reply);
  void list_listeners(Call call, Reply reply);
  void reload(Call call, Reply reply);

  // Writes down what an administrator changed, then replies.
  void record_change(Call const& call, std::string what, http::Response response, Reply reply);

  Services services_;
};

template <class T, class Then>
void Api::finish(kv::Ticket<T> const& ticket, std::string wanted, Call call, Reply reply, Then then) {
  ticket.completion().on_done([this, ticket, wanted = std::move(wanted), call = std::move(call),
                               reply = std::move(reply), then = std::move(then)]() mutable {
    Result<T> result = ticket.take();
    if (!result) return refuse(std::move(result).error(), std::move(wanted), std::move(reply));
    Changed changed;
    if constexpr (std::is_void_v<T>) {
      changed = then();
    } else {
      changed = then(*std::move(result));
    }
    record_change(call, std::move(changed.what), std::move(changed.response), std::move(reply));
  });
}

}  // namespace yubin::api
