#include "api/queue_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>

#include "api/queue_json.h"
#include "base/base64.h"
#include "queue/outgoing.h"

namespace yubin::api {

namespace {

namespace json = boost::json;
using queue::Filter;
using queue::Outgoing;

constexpr std::size_t kMaxPage = 1000;
constexpr std::size_t kActAtOnce = 50;              // messages
constexpr std::size_t kHeader = 64 * 1024;          // of a header section that is shown
constexpr std::size_t kContent = 64 * 1024 * 1024;  // of a message that is shown

constexpr std::pair<std::string_view, Outgoing::Verb> kVerbs[] = {
    {"retry", Outgoing::Verb::retry},   {"hold", Outgoing::Verb::hold},     {"release", Outgoing::Verb::release},
    {"remove", Outgoing::Verb::remove}, {"bounce", Outgoing::Verb::bounce}, {"redirect", Outgoing::Verb::redirect}};

constexpr std::pair<std::string_view, Filter::State> kStates[] = {{"waiting", Filter::State::waiting},
                                                                  {"deferred", Filter::State::deferred},
                                                                  {"held", Filter::State::held},
                                                                  {"active", Filter::State::active}};

// Each by its name; an empty text is not there.
struct FilterTexts {
  std::string id;
  std::string sender;
  std::string recipient;
  std::string domain;
  std::string state;
};

Result<Filter> filter_of(FilterTexts const& texts) {
  Filter filter;
  if (!texts.id.empty()) {
    TRY(filter.id, UniqueId::parse(texts.id));
  }
  if (texts.sender == "<>") {
    filter.sender = texts.sender;
  } else if (!texts.sender.empty()) {
    TRY(mime::Address const sender, mime::Address::parse(texts.sender));
    filter.sender = to_lower(sender.text());
  }
  if (!texts.recipient.empty()) {
    TRY(mime::Address const recipient, mime::Address::parse(texts.recipient));
    filter.recipient = to_lower(recipient.text());
  }
  if (!texts.domain.empty()) {
    TRY(mime::Domain const domain, mime::Domain::parse(texts.domain));
    filter.domain = domain.text();
  }
  if (texts.state.empty()) return filter;
  auto const* state = std::ranges::find(kStates, texts.state, [](auto const& one) { return one.first; });
  if (state == std::end(kStates)) return fail(Errc::syntax, "there are the states waiting, deferred, held and active");
  filter.state = state->second;
  return filter;
}

bool is_empty(Filter const& filter) {
  return !filter.id && filter.sender.empty() && filter.recipient.empty() && filter.domain.empty() && !filter.state;
}

struct ListRequest {
  Filter filter;
  std::optional<UniqueId> after;
  std::size_t limit = 100;
};

Result<ListRequest> parse_list_request(std::string_view query) {
  TRY(QueryString const fields,
      QueryString::parse(query, {"id", "sender", "recipient", "domain", "state", "after", "limit"}));
  ListRequest request;
  TRY(request.filter, filter_of({fields.text("id"), fields.text("sender"), fields.text("recipient"),
                                 fields.text("domain"), fields.text("state")}));
  if (std::string const after = fields.text("after"); !after.empty()) {
    TRY(request.after, UniqueId::parse(after));
  }
  TRY(std::optional<std::uint64_t> const limit, fields.number("limit"));
  request.limit = limit.value_or(request.limit);
  if (request.limit == 0 || request.limit > kMaxPage)
    return fail(Errc::syntax, fmt::format("limit must be from 1 to {}", kMaxPage));
  return request;
}

struct ActRequest {
  Filter filter;
  Outgoing::Action action{Outgoing::Verb::retry};
};

Result<ActRequest> parse_act_request(std::string_view verb, std::string_view body) {
  auto const* known = std::ranges::find(kVerbs, verb, [](auto const& one) { return one.first; });
  if (known == std::end(kVerbs))
    return fail(Errc::not_found, "there are retry, hold, release, bounce, remove and redirect");
  TRY(json::object const object, parse_object(body, {"id", "sender", "recipient", "domain", "state", "all", "to"}));
  FilterTexts texts;
  for (auto const& [name, place] :
       {std::pair{"id", &texts.id}, std::pair{"sender", &texts.sender}, std::pair{"recipient", &texts.recipient},
        std::pair{"domain", &texts.domain}, std::pair{"state", &texts.state}}) {
    TRY(std::optional<std::string> const text, find_text(object, name));
    *place = text.value_or("");
  }
  ActRequest request{.filter = {}, .action = {known->second}};
  TRY(request.filter, filter_of(texts));
  TRY(std::optional<bool> const all, find_bool(object, "all"));
  if (is_empty(request.filter) && !all.value_or(false))
    return fail(Errc::syntax, "say which are meant, or \"all\": true");
  TRY(std::optional<std::string> const to, find_text(object, "to"));
  bool const redirects = request.action.verb == Outgoing::Verb::redirect;
  if (redirects != to.has_value()) return fail(Errc::syntax, "\"to\" is the new address of what is redirected");
  if (!redirects) return request;
  TRY(mime::Address address, mime::Address::parse(*to));
  request.action.to = smtp::ForwardPath(std::move(address));
  return request;
}

http::Response no_queue() {
  return error_response({Errc::not_found, "this server sends no mail: outgoing.enabled is false"});
}

}  // namespace

struct QueueApi::Acting {
  ActRequest request;
  std::string verb;
  Call call;
  Reply reply;
  std::optional<UniqueId> after{};
  std::vector<kv::Ticket<std::size_t>> tickets{};  // of the messages of one page
  std::size_t messages = 0;
  std::size_t recipients = 0;
};

std::span<Route<QueueApi> const> QueueApi::routes() {
  static constexpr Route<QueueApi> kRoutes[] = {
      {"GET", "/api/v1/queue", &QueueApi::list_queue},
      {"GET", "/api/v1/queue/{}", &QueueApi::show_queued},
      {"POST", "/api/v1/queue/{}", &QueueApi::act_on_queue},
      {"GET", "/api/v1/block-lists", &QueueApi::list_block_lists},
  };
  return kRoutes;
}

void QueueApi::handle(http::Request request, std::string peer, Reply reply) {
  dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
}

void QueueApi::list_block_lists(Call, Reply reply) {
  json::array alarms;
  if (services_.outgoing != nullptr)
    for (queue::Alarm const& alarm : services_.outgoing->alarms()) alarms.push_back(to_json(alarm));
  reply(json_response(200, {{"block_lists", std::move(alarms)}}));
}

void QueueApi::list_queue(Call call, Reply reply) {
  if (services_.outgoing == nullptr) return reply(no_queue());
  Result<ListRequest> const request = parse_list_request(call.query);
  if (!request) return reply(error_response(request.error()));
  auto const page = services_.outgoing->list(request->filter, request->after, request->limit);
  if (!page) return reply(error_response(page.error()));
  json::array messages;
  for (Outgoing::Listed const& one : page->messages) messages.push_back(to_json(one));
  json::object answer{{"messages", std::move(messages)}, {"next", nullptr}};
  if (page->next) answer["next"] = page->next->text();
  reply(json_response(200, answer));
}

void QueueApi::show_queued(Call call, Reply reply) {
  if (services_.outgoing == nullptr) return reply(no_queue());
  auto show = [&]() -> Result<json::object> {
    TRY(UniqueId const id, UniqueId::parse(call.parameter));
    TRY(QueryString const fields, QueryString::parse(call.query, {"content"}));
    TRY(std::optional<std::uint64_t> const content, fields.number("content"));
    TRY(Outgoing::Listed const found, services_.outgoing->show(id));
    TRY(std::string const bytes,
        services_.bodies.read(found.message.body.id, 0, content.value_or(0) != 0 ? kContent : kHeader));
    json::object message = to_json(found);
    std::size_t const end = bytes.find("\r\n\r\n");
    message["header"] = clean_text(bytes.substr(0, end == std::string::npos ? kHeader : std::min(end + 2, kHeader)));
    if (content.value_or(0) != 0) message["content"] = to_base64(bytes);
    return message;
  };
  Result<json::object> const message = show();
  reply(message ? json_response(200, *message) : error_response(message.error()));
}

// Page after page, so that any number of messages may be meant; each is a change with its own row in the journal.
void QueueApi::act_on_queue(Call call, Reply reply) {
  if (services_.outgoing == nullptr) return reply(no_queue());
  Result<ActRequest> request = parse_act_request(call.parameter, call.body);
  if (!request) return reply(error_response(request.error()));
  std::string verb = call.parameter;
  auto work = std::make_shared<Acting>(Acting{*std::move(request), std::move(verb), std::move(call), std::move(reply)});
  go_on_acting(work);
}

void QueueApi::go_on_acting(std::shared_ptr<Acting> const& work) {
  auto page = services_.outgoing->list(work->request.filter, work->after, kActAtOnce);
  if (!page) return work->reply(error_response(page.error()));
  work->after = page->next;
  work->tickets.clear();
  for (Outgoing::Listed const& one : page->messages) {
    journal::Entry entry;
    entry.id = services_.journal.next_id();
    entry.kind = journal::Kind::change;
    entry.service = "admin";
    entry.user = work->call.peer;
    entry.verdict = "done";
    entry.reason = "queue " + work->verb;
    entry.facts.emplace_back(std::string(journal::kAbout), one.id.text());
    work->tickets.push_back(
        services_.outgoing->act(one.id, work->request.filter, work->request.action, std::move(entry)));
  }
  auto left = std::make_shared<std::atomic<std::size_t>>(work->tickets.size() + 1);
  auto one_done = [this, work, left] {
    if (--*left == 0) services_.pool.post(Lane::reading, [this, work] { acted(work); });
  };
  for (auto const& ticket : work->tickets) ticket.completion().on_done(one_done);
  one_done();
}

void QueueApi::acted(std::shared_ptr<Acting> const& work) {
  for (auto const& ticket : work->tickets) {
    Result<std::size_t> const count = ticket.take();
    // One that has left the queue meanwhile is nobody's fault, unless it was named.
    bool const gone = !count && count.error().code == Errc::not_found && !work->request.filter.id;
    if (!count && !gone) return work->reply(error_response(count.error()));
    if (gone || *count == 0) continue;
    ++work->messages;
    work->recipients += *count;
  }
  if (work->after) return go_on_acting(work);
  work->reply(
      json_response(200, {{"verb", work->verb}, {"messages", work->messages}, {"recipients", work->recipients}}));
}

}  // namespace yubin::api
