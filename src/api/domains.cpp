#include "api/api.h"
#include "api/json.h"

#include <boost/json/array.hpp>

namespace yubin::api {

namespace {

namespace json = boost::json;

template <class T>
json::value or_null(std::optional<T> const& value) {
  return value ? json::value(value->text()) : json::value(nullptr);
}

json::object to_json(directory::Domain const& domain) {
  return {{"name", domain.name.text()},
          {"unicode", domain.name.unicode()},
          {"created", iso_time(domain.created)},
          {"admin", or_null(domain.admin)},
          {"catch_all", or_null(domain.catch_all)},
          {"alias_of", or_null(domain.alias_of)}};
}

struct NewDomain {
  mime::Domain name;
  std::optional<mime::Domain> alias_of;
};

Result<NewDomain> parse_new_domain(std::string_view body) {
  TRY(json::object object, parse_object(body, {"name", "alias_of"}));
  TRY(std::string name, get_text(object, "name"));
  TRY(std::optional<std::string> alias_of, find_text(object, "alias_of"));
  TRY(mime::Domain parsed, mime::Domain::parse(name));
  NewDomain domain{std::move(parsed), std::nullopt};
  if (alias_of) {
    TRY(domain.alias_of, mime::Domain::parse(*alias_of));
  }
  return domain;
}

// "catch_all": null takes it away.
Result<directory::DomainEdit> parse_domain_edit(std::string_view body) {
  TRY(json::object object, parse_object(body, {"admin", "catch_all", "quota_bytes", "quota_messages"}));
  directory::DomainEdit edit;
  TRY(std::optional<std::string> admin, find_text(object, "admin"));
  if (admin) {
    TRY(edit.admin, mime::Address::parse(*admin));
  }
  TRY(std::optional<std::string> catch_all, find_text(object, "catch_all"));
  if (catch_all) {
    TRY(mime::Address target, mime::Address::parse(*catch_all));
    edit.catch_all = std::optional(std::move(target));
  } else if (object.contains("catch_all")) {
    edit.catch_all.emplace();
  }
  TRY(edit.quota_bytes, find_number(object, "quota_bytes"));
  TRY(edit.quota_messages, find_number(object, "quota_messages"));
  return edit;
}

}  // namespace

void Api::list_domains(Call, Reply reply) {
  auto domains = services_.directory.domains();
  if (!domains) return reply(error_response(domains.error()));
  json::array list;
  for (directory::Domain const& domain : *domains) list.push_back(to_json(domain));
  reply(json_response(200, {{"domains", std::move(list)}}));
}

void Api::show_domain(Call call, Reply reply) {
  auto show = [&]() -> Result<json::object> {
    TRY(mime::Domain name, mime::Domain::parse(call.parameter));
    TRY(std::optional<directory::Domain> domain, services_.directory.find_domain(name));
    if (!domain) return fail(Errc::not_found, "no such domain: " + name.text());
    TRY(directory::Quota quota, services_.directory.default_quota(name));
    json::object all = to_json(*domain);
    all["quota_bytes"] = quota.bytes;
    all["quota_messages"] = quota.messages;
    return all;
  };
  Result<json::object> shown = show();
  if (!shown) return refuse(shown.error(), std::move(call.parameter), std::move(reply));
  reply(json_response(200, *shown));
}

void Api::add_domain(Call call, Reply reply) {
  Result<NewDomain> wanted = parse_new_domain(call.body);
  if (!wanted) return reply(error_response(wanted.error()));
  std::string const target = wanted->alias_of ? wanted->alias_of->text() : "";
  auto ticket = wanted->alias_of
                    ? services_.directory.add_alias_domain(std::move(wanted->name), *std::move(wanted->alias_of))
                    : services_.directory.add_domain(std::move(wanted->name));
  finish(ticket, target, std::move(call), std::move(reply), [](directory::Domain const& domain) {
    return Changed{"domain added: " + domain.name.text(), json_response(201, to_json(domain))};
  });
}

void Api::change_domain(Call call, Reply reply) {
  Result<mime::Domain> name = mime::Domain::parse(call.parameter);
  if (!name) return reply(error_response(name.error()));
  Result<directory::DomainEdit> edit = parse_domain_edit(call.body);
  if (!edit) return reply(error_response(edit.error()));
  std::string wanted = edit->admin ? edit->admin->text() : name->text();
  auto ticket = services_.directory.change_domain(*std::move(name), *std::move(edit));
  finish(ticket, std::move(wanted), std::move(call), std::move(reply), [](directory::Domain const& domain) {
    return Changed{"domain changed: " + domain.name.text(), json_response(200, to_json(domain))};
  });
}

void Api::remove_domain(Call call, Reply reply) {
  Result<mime::Domain> name = mime::Domain::parse(call.parameter);
  if (!name) return reply(error_response(name.error()));
  auto ticket = services_.directory.remove_domain(*name);
  finish(ticket, name->text(), std::move(call), std::move(reply), [name = *name] {
    return Changed{"domain removed: " + name.text(), json_response(200, {{"removed", name.text()}})};
  });
}

}  // namespace yubin::api
