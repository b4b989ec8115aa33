#include "api/queue_json.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/json.h"
#include "mime/lexer.h"
#include "queue/failure_class.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

std::string_view state_of(queue::RecipientRow const& row, bool is_active) {
  if (row.standing == queue::Standing::held) return "held";
  if (is_active) return "active";
  if (row.destination == queue::kNowhere) return "bouncing";
  return row.attempts > 0 ? "deferred" : "waiting";
}

json::value time_or_null(std::int64_t seconds) {
  return seconds == 0 ? json::value(nullptr) : json::value(iso_time(seconds));
}

smtp::OutcomeDetail last_outcome(queue::RecipientRow const& row) {
  smtp::OutcomeDetail why{{4, 0, 0}, row.remote_text, row.remote_host, row.note};
  // "4.2.0", as it was written.
  if (row.status.size() >= 5 && row.status[1] == '.') {
    std::size_t const dot = row.status.find('.', 2);
    why.status.subject = static_cast<std::uint16_t>(std::atoi(row.status.c_str() + 2));
    if (dot != std::string::npos)
      why.status.detail = static_cast<std::uint16_t>(std::atoi(row.status.c_str() + dot + 1));
  }
  return why;
}

json::object to_json(queue::Outgoing::Listed const& message, queue::Job::One const& one) {
  queue::RecipientRow const& row = one.row;
  auto const paused = message.paused.find(row.destination);
  json::object out{
      {"address", row.recipient.path.address()->text()},
      {"destination", row.destination},
      {"state", std::string(state_of(row, message.active.contains(one.number)))},
      {"attempts", row.attempts},
      {"last_attempt", time_or_null(row.tried)},
      {"next_attempt", row.standing == queue::Standing::held ? json::value(nullptr) : json::value(iso_time(row.due))},
      {"paused_until", time_or_null(paused == message.paused.end() ? 0 : paused->second)},
      {"status", row.status},
      {"said", clean_text(row.remote_text)},
      {"host", row.remote_host},
      {"note", row.note},
      {"warned", row.warned},
      {"class", nullptr},
      {"original", nullptr}};
  if (row.attempts > 0) out["class"] = std::string(to_string(queue::classify(last_outcome(row))));
  if (auto const& original = row.recipient.parameters.original) out["original"] = clean_text(original->address);
  return out;
}

std::string_view name_of(queue::Priority priority) {
  constexpr std::string_view kNames[] = {"high", "normal", "bulk"};
  return kNames[static_cast<std::size_t>(priority) - 1];
}

}  // namespace

std::string clean_text(std::string text) {
  if (mime::is_utf8(text)) return text;
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

json::object to_json(queue::Outgoing::Listed const& message) {
  json::array recipients;
  for (queue::Job::One const& one : message.recipients) recipients.push_back(to_json(message, one));
  return {{"id", message.id.text()},
          {"sender", message.message.reverse_path.text()},
          {"owner", message.message.sender},
          {"service", message.message.service},
          {"message_id", clean_text(message.message.message_id)},
          {"size", message.message.body.size},
          {"accepted", iso_time(message.message.accepted)},
          {"priority", std::string(name_of(message.message.priority))},
          {"recipients", std::move(recipients)}};
}

json::object to_json(queue::Alarm const& alarm) {
  return {{"list", alarm.what.list},       {"address", alarm.what.address}, {"first", iso_time(alarm.first)},
          {"last", iso_time(alarm.last)},  {"refusals", alarm.count},       {"host", alarm.host},
          {"said", clean_text(alarm.said)}};
}

}  // namespace yubin::api
