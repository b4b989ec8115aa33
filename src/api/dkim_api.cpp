#include "api/dkim_api.h"

#include <boost/json/array.hpp>

#include "dns/zone_text.h"

namespace yubin::api {

namespace {

namespace json = boost::json;
using policy::Sighting;
using policy::SigningKeyRow;
using Keys = policy::KeyRing::Keys;
using State = SigningKeyRow::State;

json::value time_or_null(std::int64_t seconds) {
  return seconds == 0 ? json::value(nullptr) : json::value(iso_time(seconds));
}

json::object to_json(SigningKeyRow const& key) {
  policy::KeyRecord const record = policy::record_of(key);
  return {{"selector", key.selector},
          {"algorithm", key.kind == SigningKeyRow::Kind::rsa ? "rsa-sha256" : "ed25519-sha256"},
          {"state", policy::to_string(key.state)},
          {"created", iso_time(key.created)},
          {"since", iso_time(key.since)},
          {"checked", time_or_null(key.checked)},
          {"found", key.found},
          {"standing", policy::standing_of(key)},
          {"record",
           {{"name", record.name + "."},
            {"type", "TXT"},
            {"value", dns::txt_strings(record.text)},
            {"text", record.text}}}};
}

json::object to_json(mime::Domain const& domain, Keys const& keys) {
  json::array list;
  bool is_signed = false;
  for (SigningKeyRow const& key : keys) {
    list.push_back(to_json(key));
    is_signed = is_signed || key.state == State::active;
  }
  return {{"domain", domain.text()}, {"signed", is_signed}, {"keys", std::move(list)}};
}

}  // namespace

std::span<Route<DkimApi> const> DkimApi::routes() {
  static constexpr Route<DkimApi> kRoutes[] = {
      {"GET", "/api/v1/dkim/{}", &DkimApi::show},
      {"POST", "/api/v1/dkim/{}/rotate", &DkimApi::rotate},
      {"POST", "/api/v1/dkim/{}/check", &DkimApi::check},
  };
  return kRoutes;
}

void DkimApi::show(Call call, Reply reply) {
  Result<mime::Domain> domain = mime::Domain::parse(call.parameter);
  if (!domain) return reply(error_response(domain.error()));
  auto const ticket = services_.ring.ensure(*domain);
  ticket.completion().on_done([ticket, domain = *domain, reply = std::move(reply)]() mutable {
    Result<Keys> const keys = ticket.take();
    reply(keys ? json_response(200, to_json(domain, *keys)) : error_response(keys.error()));
  });
}

void DkimApi::rotate(Call call, Reply reply) {
  Result<mime::Domain> domain = mime::Domain::parse(call.parameter);
  if (!domain) return reply(error_response(domain.error()));
  auto const ticket = services_.ring.rotate(*domain);
  ticket.completion().on_done(
      [this, ticket, domain = *domain, peer = std::move(call.peer), reply = std::move(reply)]() mutable {
        Result<Keys> const keys = ticket.take();
        if (!keys) return reply(error_response(keys.error()));
        journal::Entry entry;
        entry.id = services_.journal.next_id();
        entry.kind = journal::Kind::change;
        entry.service = "admin";
        entry.user = std::move(peer);
        entry.verdict = "done";
        entry.reason = "new signing keys made: " + domain.text();
        auto const written = services_.journal.append(std::move(entry));
        written.completion().on_done([written, answer = to_json(domain, *keys), sent = std::move(reply)]() mutable {
          Result<> const done = written.take();
          sent(done ? json_response(201, answer) : error_response(done.error()));
        });
      });
}

void DkimApi::check(Call call, Reply reply) {
  Result<mime::Domain> domain = mime::Domain::parse(call.parameter);
  if (!domain) return reply(error_response(domain.error()));
  auto answer = [domain = *domain,
                 reply = std::move(reply)](Result<deliver::KeyWatch::Checked> const& checked) mutable {
    if (!checked) return reply(error_response(checked.error()));
    json::object all = to_json(domain, checked->keys);
    json::array seen;
    bool good = !checked->sightings.empty();
    for (Sighting const& one : checked->sightings) {
      bool const is_good = one.kind == Sighting::Kind::good;
      std::string_view const kind = is_good ? "good" : one.kind == Sighting::Kind::bad ? "bad" : "unknown";
      seen.push_back(json::object{{"selector", one.selector}, {"result", kind}, {"detail", one.words}});
      good = good && is_good;
    }
    all["seen"] = std::move(seen);
    all["good"] = good;
    reply(json_response(200, all));
  };
  services_.watch.check(*domain, std::move(answer));
}

}  // namespace yubin::api
