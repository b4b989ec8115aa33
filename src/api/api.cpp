#include "api/api.h"

#include <algorithm>

#include "api/json.h"
#include "api/query.h"
#include "api/similar.h"
#include "base/text.h"

namespace yubin::api {

std::span<Route<Api> const> Api::routes() {
  static constexpr Route<Api> kRoutes[] = {
      {"GET", "/api/v1/domains", &Api::list_domains},
      {"POST", "/api/v1/domains", &Api::add_domain},
      {"GET", "/api/v1/domains/{}", &Api::show_domain},
      {"PATCH", "/api/v1/domains/{}", &Api::change_domain},
      {"DELETE", "/api/v1/domains/{}", &Api::remove_domain},
      {"GET", "/api/v1/accounts", &Api::list_accounts},
      {"POST", "/api/v1/accounts", &Api::add_account},
      {"GET", "/api/v1/accounts/{}", &Api::show_account},
      {"PUT", "/api/v1/accounts/{}/password", &Api::set_password},
      {"GET", "/api/v1/accounts/{}/app-passwords", &Api::list_app_passwords},
      {"POST", "/api/v1/accounts/{}/app-passwords", &Api::add_app_password},
      {"DELETE", "/api/v1/accounts/{}/app-passwords", &Api::remove_app_password},
      {"PATCH", "/api/v1/accounts/{}", &Api::change_account},
      {"DELETE", "/api/v1/accounts/{}", &Api::remove_account},
      {"POST", "/api/v1/accounts/{}/restore", &Api::restore_account},
      {"GET", "/api/v1/removed-accounts", &Api::list_removed_accounts},
      {"GET", "/api/v1/aliases", &Api::list_aliases},
      {"POST", "/api/v1/aliases", &Api::add_alias},
      {"GET", "/api/v1/aliases/{}", &Api::show_alias},
      {"PUT", "/api/v1/aliases/{}", &Api::change_alias},
      {"DELETE", "/api/v1/aliases/{}", &Api::remove_alias},
      {"POST", "/api/v1/backups", &Api::create_backup},
      {"POST", "/api/v1/backups/restore", &Api::restore_messages},
      {"GET", "/api/v1/journal", &Api::search_journal},
      {"GET", "/api/v1/journal/{}", &Api::show_entry},
      {"GET", "/api/v1/status", &Api::show_status},
      {"GET", "/api/v1/listeners", &Api::list_listeners},
      {"POST", "/api/v1/reload", &Api::reload},
      {"GET", "/api/v1/store", &Api::show_store},
      {"POST", "/api/v1/store/verify", &Api::verify_store},
      {"POST", "/api/v1/store/repair", &Api::repair_account},
  };
  return kRoutes;
}

void Api::handle(http::Request request, std::string peer, Reply reply) {
  dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
}

std::int64_t Api::seconds_now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

// On the storage pool: the names are read, and this may be the commit thread.
void Api::refuse(Error error, std::string wanted, Reply reply) {
  if (error.code != Errc::not_found) return reply(error_response(error));
  auto look = [this, error = std::move(error), wanted = std::move(wanted), reply = std::move(reply)]() mutable {
    if (std::string const close = find_similar_name(services_.directory, wanted); !close.empty()) {
      error.detail += "; did you mean " + close + "?";
    }
    reply(error_response(error));
  };
  services_.pool.post(Lane::reading, std::move(look));
}

void Api::record_change(Call const& call, std::string what, http::Response response, Reply reply) {
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::change;
  entry.service = "admin";
  entry.user = call.peer;
  entry.verdict = "done";
  entry.reason = std::move(what);
  auto ticket = services_.journal.append(std::move(entry));
  ticket.completion().on_done([ticket, response = std::move(response), reply = std::move(reply)]() mutable {
    Result<> written = ticket.take();
    reply(written ? std::move(response) : error_response(written.error()));
  });
}

}  // namespace yubin::api
