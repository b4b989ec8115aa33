#include "api/api.h"
#include "api/json.h"

#include <boost/json/array.hpp>

namespace yubin::api {

namespace {

namespace json = boost::json;

json::object to_json(directory::Domain const& domain) {
  return {{"name", domain.name.text()}, {"unicode", domain.name.unicode()}, {"created", iso_time(domain.created)}};
}

Result<mime::Domain> named_domain(std::string_view body) {
  TRY(json::object object, parse_object(body, {"name"}));
  TRY(std::string name, get_text(object, "name"));
  return mime::Domain::parse(name);
}

}  // namespace

void Api::list_domains(Call, Reply reply) {
  auto domains = services_.directory.domains();
  if (!domains) return reply(error_response(domains.error()));
  json::array list;
  for (directory::Domain const& domain : *domains) list.push_back(to_json(domain));
  reply(json_response(200, {{"domains", std::move(list)}}));
}

void Api::add_domain(Call call, Reply reply) {
  Result<mime::Domain> name = named_domain(call.body);
  if (!name) return reply(error_response(name.error()));
  auto ticket = services_.directory.add_domain(*std::move(name));
  ticket.completion().on_done([this, ticket, call = std::move(call), reply = std::move(reply)]() mutable {
    Result<directory::Domain> domain = ticket.take();
    if (!domain) return reply(error_response(domain.error()));
    record_change(call, "domain added: " + domain->name.text(), json_response(201, to_json(*domain)), std::move(reply));
  });
}

void Api::remove_domain(Call call, Reply reply) {
  Result<mime::Domain> name = mime::Domain::parse(call.parameter);
  if (!name) return reply(error_response(name.error()));
  auto ticket = services_.directory.remove_domain(*name);
  ticket.completion().on_done([this, ticket, name = *name, call = std::move(call), reply = std::move(reply)]() mutable {
    Result<> removed = ticket.take();
    if (!removed) return reply(error_response(removed.error()));
    record_change(call, "domain removed: " + name.text(), json_response(200, {{"removed", name.text()}}),
                  std::move(reply));
  });
}

}  // namespace yubin::api
