#include "api/relay_api.h"

#include <boost/json/array.hpp>

#include "api/queue_json.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

Result<deliver::RouteQuestion> parse_question(std::string_view body) {
  TRY(json::object const object, parse_object(body.empty() ? "{}" : body, {"route", "to", "from"}));
  deliver::RouteQuestion question;
  TRY(std::optional<std::string> route, find_text(object, "route"));
  TRY(std::optional<std::string> to, find_text(object, "to"));
  TRY(std::optional<std::string> from, find_text(object, "from"));
  question.route = route.value_or("");
  if (to) {
    TRY(question.to, mime::Address::parse(*to));
  }
  if (from && !from->empty()) {
    TRY(mime::Address sender, mime::Address::parse(*from));
    question.from = smtp::ReversePath(std::move(sender));
  }
  return question;
}

json::object to_json(deliver::RouteReport const& report) {
  json::array steps;
  for (deliver::RouteReport::Step const& step : report.steps)
    steps.push_back(json::object{{"good", step.good}, {"text", clean_text(step.text)}});
  return {{"route", report.route}, {"good", report.good}, {"steps", std::move(steps)}};
}

}  // namespace

std::span<Route<RelayApi> const> RelayApi::routes() {
  static constexpr Route<RelayApi> kRoutes[] = {{"POST", "/api/v1/relay-test", &RelayApi::test}};
  return kRoutes;
}

void RelayApi::handle(http::Request request, std::string peer, Reply reply) {
  dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
}

void RelayApi::test(Call call, Reply reply) {
  Result<deliver::RouteQuestion> question = parse_question(call.body);
  if (!question) return reply(error_response(question.error()));
  if (!check_) return reply(error_response({Errc::conflict, "this server sends no mail: outgoing.enabled is false"}));
  check_(*std::move(question), [reply = std::move(reply)](deliver::RouteReport report) mutable {
    reply(json_response(200, to_json(report)));
  });
}

}  // namespace yubin::api
