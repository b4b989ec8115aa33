#include "deliver/own_route.h"

namespace yubin::deliver {

namespace {

// Whether the address is somebody's besides: not a catch-all's.
Result<bool> has_own_name(directory::Directory const& directory, mime::Address const& address) {
  TRY(auto const account, directory.find_account(address));
  if (account) return true;
  TRY(auto const alias, directory.find_alias(address));
  return alias.has_value();
}

// The server reads the mail, and who has the address besides gets it.
directory::ToMany with_server_itself(mime::Address const& address, directory::Route const& route) {
  directory::ToMany all{.accounts = {{kv::kServerAccount, address}}, .remote = {}};
  if (auto const* one = std::get_if<directory::ToAccount>(&route)) all.accounts.push_back(*one);
  if (auto const* many = std::get_if<directory::ToMany>(&route)) {
    all.accounts.insert(all.accounts.end(), many->accounts.begin(), many->accounts.end());
    all.remote = many->remote;
  }
  return all;
}

}  // namespace

Result<directory::Route> route_with_own(directory::Directory const& directory, mime::Address const& address,
                                        bool is_own) {
  TRY(directory::Route route, directory.route(address));
  if (!is_own || std::holds_alternative<directory::NotOurDomain>(route)) return route;
  TRY(bool const is_somebody, has_own_name(directory, address));
  return with_server_itself(address, is_somebody ? route : directory::NoSuchUser());
}

}  // namespace yubin::deliver
