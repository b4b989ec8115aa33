#include "api/api.h"
#include "api/json.h"

#include <boost/json/array.hpp>

namespace yubin::api {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxListed = 1000;

json::object to_json(directory::Alias const& alias) {
  json::array targets;
  for (mime::Address const& target : alias.targets) targets.push_back(json::string(target.text()));
  return {{"address", alias.address.text()}, {"targets", std::move(targets)}};
}

Result<std::vector<mime::Address>> get_targets(json::object const& object) {
  TRY(std::optional<std::vector<std::string>> texts, find_texts(object, "targets"));
  if (!texts || texts->empty()) return fail(Errc::syntax, "targets is missing");
  std::vector<mime::Address> targets;
  for (std::string const& text : *texts) {
    TRY(mime::Address target, mime::Address::parse(text));
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<directory::Alias> parse_new_alias(std::string_view body) {
  TRY(json::object object, parse_object(body, {"address", "targets"}));
  TRY(std::string text, get_text(object, "address"));
  TRY(mime::Address address, mime::Address::parse(text));
  TRY(std::vector<mime::Address> targets, get_targets(object));
  return directory::Alias{std::move(address), std::move(targets)};
}

Result<directory::Alias> parse_changed_alias(Call const& call) {
  TRY(mime::Address address, mime::Address::parse(call.parameter));
  TRY(json::object object, parse_object(call.body, {"targets"}));
  TRY(std::vector<mime::Address> targets, get_targets(object));
  return directory::Alias{std::move(address), std::move(targets)};
}

}  // namespace

void Api::list_aliases(Call, Reply reply) {
  json::array list;
  std::string after;
  for (;;) {
    auto page = services_.directory.aliases(after, kMaxListed);
    if (!page) return reply(error_response(page.error()));
    for (directory::Alias const& alias : *page) list.push_back(to_json(alias));
    if (page->size() < kMaxListed) break;
    after = page->back().address.folded();
  }
  reply(json_response(200, {{"aliases", std::move(list)}}));
}

void Api::show_alias(Call call, Reply reply) {
  auto show = [&]() -> Result<json::object> {
    TRY(mime::Address address, mime::Address::parse(call.parameter));
    TRY(std::optional<directory::Alias> alias, services_.directory.find_alias(address));
    if (!alias) return fail(Errc::not_found, "no such alias: " + address.text());
    return to_json(*alias);
  };
  Result<json::object> shown = show();
  if (!shown) return refuse(shown.error(), std::move(call.parameter), std::move(reply));
  reply(json_response(200, *shown));
}

void Api::add_alias(Call call, Reply reply) {
  Result<directory::Alias> alias = parse_new_alias(call.body);
  if (!alias) return reply(error_response(alias.error()));
  auto ticket = services_.directory.add_alias(*alias);
  std::string domain = alias->address.domain().text();
  finish(ticket, std::move(domain), std::move(call), std::move(reply), [alias = *std::move(alias)] {
    return Changed{"alias added: " + alias.address.text(), json_response(201, to_json(alias))};
  });
}

void Api::change_alias(Call call, Reply reply) {
  Result<directory::Alias> alias = parse_changed_alias(call);
  if (!alias) return reply(error_response(alias.error()));
  auto ticket = services_.directory.set_alias(*alias);
  std::string wanted = alias->address.text();
  finish(ticket, std::move(wanted), std::move(call), std::move(reply), [alias = *std::move(alias)] {
    return Changed{"alias changed: " + alias.address.text(), json_response(200, to_json(alias))};
  });
}

void Api::remove_alias(Call call, Reply reply) {
  Result<mime::Address> address = mime::Address::parse(call.parameter);
  if (!address) return reply(error_response(address.error()));
  auto ticket = services_.directory.remove_alias(*address);
  finish(ticket, address->text(), std::move(call), std::move(reply), [address = *address] {
    return Changed{"alias removed: " + address.text(), json_response(200, {{"removed", address.text()}})};
  });
}

}  // namespace yubin::api
