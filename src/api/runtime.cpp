#include "api/runtime.h"

#include <boost/json/array.hpp>

#include "api/api.h"
#include "api/json.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

std::string iso(WallTime time) {
  return iso_time(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

json::array to_json(std::vector<ListenerStatus> const& listeners) {
  json::array list;
  for (ListenerStatus const& each : listeners)
    list.push_back(json::object{{"service", each.service}, {"address", each.address}, {"tls", each.tls}});
  return list;
}

json::object to_json(ServiceStatus const& service) {
  return {{"service", service.service},
          {"connections", service.connections},
          {"unauthenticated", service.unauthenticated ? json::value(*service.unauthenticated) : json::value()},
          {"admitted", service.admitted},
          {"refused", service.refused}};
}

json::array texts(std::vector<std::string> const& lines) {
  json::array list;
  for (std::string const& line : lines) list.push_back(json::string(line));
  return list;
}

// Rounded down, so that a certificate with hours left has 0 days; negative when it is over.
std::int64_t days_left(WallTime expires, WallTime now) {
  return std::chrono::floor<std::chrono::days>(expires - now).count();
}

json::object to_json(CertificateStatus const& certificate, WallTime now) {
  constexpr std::int64_t kAlarm = 14;  // days; who renews by itself does it well before
  std::int64_t const left = days_left(certificate.expires, now);
  return {{"file", certificate.file},
          {"names", texts(certificate.names)},
          {"expires", iso(certificate.expires)},
          {"days_left", left},
          {"alarm", left < kAlarm}};
}

json::object to_json(JobStatus const& job) {
  return {{"name", job.name},
          {"ended", job.ended ? json::value(iso(*job.ended)) : json::value()},
          {"failure", job.failure}};
}

json::value to_json(std::optional<DnsStatus> const& dns) {
  if (!dns) return nullptr;
  return json::object{{"asked", dns->asked},
                      {"answered", dns->answered},
                      {"failed", dns->failed},
                      {"bogus", dns->bogus},
                      {"last_failure", dns->last_failure},
                      {"failed_at", dns->failed_at ? json::value(iso(*dns->failed_at)) : json::value()},
                      {"down", dns->down}};
}

json::object to_json(Status const& status, WallTime now) {
  json::array certificates;
  for (CertificateStatus const& each : status.certificates) certificates.push_back(to_json(each, now));
  json::array services;
  for (ServiceStatus const& each : status.services) services.push_back(to_json(each));
  json::array jobs;
  for (JobStatus const& each : status.jobs) jobs.push_back(to_json(each));
  std::int64_t const uptime = std::chrono::floor<std::chrono::seconds>(now - status.started).count();
  return {{"version", status.version},
          {"host_name", status.host_name},
          {"configuration", status.configuration},
          {"generation", status.generation},
          {"started", iso(status.started)},
          {"uptime", uptime},
          {"sandbox", status.sandbox},
          {"listeners", to_json(status.listeners)},
          {"services", std::move(services)},
          {"certificates", std::move(certificates)},
          {"space",
           {{"directory", status.space.directory},
            {"used", status.space.used},
            {"free", status.space.free},
            {"low", status.space.low}}},
          {"jobs", std::move(jobs)},
          {"dns", to_json(status.dns)},
          {"warnings", texts(status.warnings)},
          {"alarms", texts(status.alarms)}};
}

}  // namespace

void Api::show_status(Call, Reply reply) {
  reply(json_response(200, to_json(services_.runtime.status(), services_.clock.now())));
}

void Api::list_listeners(Call, Reply reply) {
  reply(json_response(200, {{"listeners", to_json(services_.runtime.status().listeners)}}));
}

void Api::reload(Call call, Reply reply) {
  Reloaded const done = services_.runtime.reload();
  if (!done.problems.empty()) {
    std::string error;
    for (std::string const& problem : done.problems) error += problem + "\n";
    error += "nothing has changed: the server goes on with the configuration it has";
    return reply(json_response(422, {{"error", error}, {"problems", texts(done.problems)}}));
  }
  json::object body{{"generation", done.generation}, {"needs_restart", texts(done.restart)}};
  record_change(call, "configuration reloaded, generation " + std::to_string(done.generation), json_response(200, body),
                std::move(reply));
}

}  // namespace yubin::api
