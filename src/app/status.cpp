#include "app/status.h"

#include <fmt/format.h>

#include <numeric>

#include "base/text.h"
#include "mime/date.h"

namespace yubin::app {

namespace {

// Below this the administrator must do something: rewriting segments and tables needs room of its own.
constexpr std::uint64_t kLowBytes = 1ull << 30;
constexpr std::uint64_t kLowPercent = 5;

}  // namespace

api::ListenerStatus listener_status(server::Service const& service, std::string_view where, bool has_tls) {
  std::string_view tls = "none";
  if (has_tls && service.tls == server::TlsUse::by_command) tls = "starttls";
  if (has_tls && service.tls == server::TlsUse::at_once) tls = "implicit";
  return {std::string(service.name), std::string(where), std::string(tls)};
}

api::ServiceStatus service_status(server::Service const& service, net::GateCounters const& counters) {
  api::ServiceStatus status{
      .service = std::string(service.name),
      .connections = counters.connections,
      .unauthenticated = {},
      .admitted = counters.admitted,
      .refused = std::accumulate(counters.refused.begin(), counters.refused.end(), std::uint64_t{0})};
  if (service.login) status.unauthenticated = counters.unauthenticated;
  return status;
}

api::DnsStatus dns_status(dns::Health health) {
  constexpr unsigned kDown = 10;  // failures in a row; domains whose servers are broken make some
  return {.asked = health.asked,
          .answered = health.answered,
          .failed = health.failed,
          .bogus = health.bogus,
          .last_failure = std::move(health.last_failure),
          .failed_at = health.failed_at,
          .down = health.failed_in_a_row >= kDown};
}

std::string alarm_text(directory::SendingAlarm const& alarm) {
  constexpr std::string_view kWords[] = {"messages an hour", "messages a day", "recipients an hour",
                                         "recipients a day"};
  return fmt::format("{} has come to the limit of {} {} and sends no more: {} recipients refused since {}, the last {}",
                     alarm.who, alarm.most, kWords[static_cast<std::size_t>(alarm.limit)], alarm.refusals,
                     mime::format_date(alarm.first, 0), mime::format_date(alarm.last, 0));
}

api::SpaceStatus space_of(std::filesystem::path const& directory) {
  api::SpaceStatus space{.directory = directory.string()};
  std::error_code error;
  // Files come and go meanwhile; what has gone counts nothing.
  for (std::filesystem::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    std::uintmax_t const size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) space.used += size;
  }
  std::filesystem::space_info const disk = std::filesystem::space(directory, error);
  if (error) return space;
  space.free = disk.available;
  space.low = disk.available < kLowBytes || disk.available < disk.capacity / 100 * kLowPercent;
  return space;
}

}  // namespace yubin::app
