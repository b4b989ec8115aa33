#include "config/config.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "config/suggest.h"

namespace yubin::config {

namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;
// Sections that may stand several times.
constexpr std::string_view kListener = "listener";
constexpr std::string_view kCertificate = "certificate";
constexpr std::string_view kRoute = "route";
constexpr std::string_view kBackup = "backup_mx";

template <class Target>
std::vector<std::string_view> names_of(Options<Target> const& table) {
  std::vector<std::string_view> names;
  for (Option<Target> const& option : table.rows()) names.push_back(option.name);
  return names;
}

class Reader {
 public:
  std::vector<Problem> problems;
  Loaded loaded;

  void read(Section const& root);
  void check();

 private:
  void complain(int line, std::string sentence) { problems.push_back({line, std::move(sentence)}); }
  template <class Target>
  void set(Option<Target> const& option, Target& target, std::string const& name, Value const& value);
  void section(std::string const& name, Value const& value);
  void option(std::string const& name, Value const& value);
  template <class Target>
  void sections(std::string_view kind, Options<Target> const& table, Value const& value, std::vector<Target>& all);
  template <class Target>
  void one_of(std::string_view kind, Options<Target> const& table, Value const& value, std::vector<Target>& all);
  bool sends_only() const;
  void check_listeners();
  void check_path(Listener const& listener);
  void check_certificate();
  void check_tokens();
  void check_route(deliver::MailRoute const& route);
  void check_routes();
  int line_of(std::string_view name) const;
};

template <class Target>
void Reader::set(Option<Target> const& option, Target& target, std::string const& name, Value const& value) {
  Result<> const result = option.set(target, value);
  if (result) return;
  std::string_view const detail = result.error().detail;
  complain(value.line, detail.empty() ? fmt::format("{} must be {}", name, option.takes)
                                      : fmt::format("{} {}; it must be {}", name, detail, option.takes));
}

void Reader::read(Section const& root) {
  for (auto const& [name, value] : root) {
    if (name == kListener) {
      sections(kListener, listener_options(), value, loaded.config.listeners);
    } else if (name == kCertificate) {
      sections(kCertificate, certificate_options(), value, loaded.config.more_certificates);
    } else if (name == kRoute) {
      sections(kRoute, route_options(), value, loaded.config.outgoing.routes);
    } else if (name == kBackup) {
      sections(kBackup, backup_options(), value, loaded.config.settings.reception.backup);
    } else if (std::holds_alternative<Section>(value.is)) {
      section(name, value);
    } else {
      option(name, value);
    }
  }
}

void Reader::section(std::string const& name, Value const& value) {
  std::vector<std::string_view> sections{kListener, kCertificate, kRoute, kBackup};
  for (Option<Config> const& each : options().rows())
    if (std::size_t const dot = each.name.find('.'); dot != std::string_view::npos)
      sections.push_back(each.name.substr(0, dot));
  if (std::ranges::find(sections, name) == sections.end())
    return complain(value.line, fmt::format("there is no section [{}]{}", name, did_you_mean(name, sections)));
  for (auto const& [key, inner] : std::get<Section>(value.is)) option(fmt::format("{}.{}", name, key), inner);
}

void Reader::option(std::string const& name, Value const& value) {
  Option<Config> const* const found = options().find(name);
  if (found == nullptr) {
    std::vector<std::string_view> const known = names_of(options());
    return complain(value.line, fmt::format("there is no option \"{}\"{}", name, did_you_mean(name, known)));
  }
  auto const [first, added] = loaded.lines.emplace(name, value.line);
  if (!added)
    return complain(value.line,
                    fmt::format("{} is set twice, here and in line {}; keep one of them", name, first->second));
  set(*found, loaded.config, name, value);
}

template <class Target>
void Reader::sections(std::string_view kind, Options<Target> const& table, Value const& value,
                      std::vector<Target>& all) {
  auto const* const list = std::get_if<List>(&value.is);
  bool const right = list != nullptr &&
                     std::ranges::all_of(*list, [](Value const& v) { return std::holds_alternative<Section>(v.is); });
  if (!right)
    return complain(value.line, fmt::format("a {} is a section of its own; write [[{}]] above each", kind, kind));
  loaded.lines.emplace(kind, value.line);
  for (Value const& element : *list) one_of(kind, table, element, all);
}

template <class Target>
void Reader::one_of(std::string_view kind, Options<Target> const& table, Value const& value, std::vector<Target>& all) {
  auto const& section = std::get<Section>(value.is);
  Target made;
  made.line = value.line;
  std::size_t const before = problems.size();
  for (auto const& [key, inner] : section) {
    if (Option<Target> const* found = table.find(key)) {
      set(*found, made, fmt::format("{}.{}", kind, key), inner);
    } else {
      complain(inner.line, fmt::format("a {} has no option \"{}\"{}", kind, key, did_you_mean(key, names_of(table))));
    }
  }
  for (Option<Target> const& each : table.rows()) {
    bool const there = std::ranges::any_of(
        section, [&](Entry const& entry) { return entry.name == each.name || entry.name == each.instead; });
    if (each.required && !there)
      complain(value.line, fmt::format("this {} has no {}; it is {}", kind, each.name, each.takes));
  }
  if (problems.size() == before) all.push_back(std::move(made));
}

int Reader::line_of(std::string_view name) const {
  auto const found = loaded.lines.find(name);
  return found == loaded.lines.end() ? 0 : found->second;
}

void Reader::check_path(Listener const& listener) {
  if (listener.path.empty()) return;
  if (listener.where != net::Endpoint{}) complain(listener.line, "this listener has an address and a path; keep one");
  // Who connects has no address, so there could be no limit on guessing passwords.
  if (listener.service->name != "lmtp")
    complain(listener.line, fmt::format("only lmtp may listen on a path, not {}", listener.service->name));
}

// A machine that only sends: it has a relay and no certificate, and the mail of its programs comes by the submission
// socket.
bool Reader::sends_only() const {
  return loaded.config.certificate.empty() && !loaded.config.relay.where.host.empty();
}

void Reader::check_listeners() {
  std::vector<Listener>& all = loaded.config.listeners;
  if (line_of(kListener) == 0 && !sends_only()) all = default_listeners();
  for (std::size_t i = 0; i < all.size(); ++i) {
    check_path(all[i]);
    auto const same =
        std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](Listener const& other) {
          return all[i].path.empty() ? all[i].where.port != 0 && other.where == all[i].where
                                     : other.path == all[i].path;
        });
    if (same != all.begin() + static_cast<std::ptrdiff_t>(i))
      complain(all[i].line, fmt::format("{} is listened on twice, here and in line {}; keep one of them",
                                        all[i].path.empty() ? all[i].where.text() : all[i].path.string(), same->line));
  }
}

void Reader::check_certificate() {
  Config const& config = loaded.config;
  if (config.certificate.empty() != config.key.empty()) {
    bool const key_is_there = config.certificate.empty();
    return complain(
        line_of(key_is_there ? "tls.key" : "tls.certificate"),
        key_is_there ? "tls.key is set, but not tls.certificate" : "tls.certificate is set, but not tls.key");
  }
  if (!config.certificate.empty()) return;
  if (!config.more_certificates.empty())
    return complain(config.more_certificates.front().line,
                    "tls.certificate and tls.key are not set; a [[certificate]] is one besides them");
  auto const needs = std::ranges::find(config.listeners, server::TlsUse::at_once,
                                       [](Listener const& each) { return each.service->tls; });
  if (needs == config.listeners.end()) return;
  complain(needs->line,
           fmt::format("the service {} needs a certificate; set tls.certificate and tls.key", needs->service->name));
}

void Reader::check_tokens() {
  Config const& config = loaded.config;
  if (!config.token_keys.empty()) {
    auto needs = [&](std::string_view name, std::string const& value) {
      if (value.empty()) complain(line_of("oauth.keys"), fmt::format("oauth.keys is set, but not {}", name));
    };
    needs("oauth.issuer", config.tokens.issuer);
    return needs("oauth.audience", config.tokens.audience);
  }
  server::Mechanisms const& all = config.settings.mechanisms;
  auto check = [&](std::string_view option, server::Mechanisms::Names const& names) {
    for (std::string const& name : names)
      if (name == "OAUTHBEARER" || name == "XOAUTH2")
        return complain(line_of(option), fmt::format("{} names {}, but oauth.keys is not set", option, name));
  };
  check("auth.mechanisms", all.all);
  if (all.submission) check("submission.mechanisms", *all.submission);
  if (all.imap) check("imap.mechanisms", *all.imap);
  if (all.pop3) check("pop3.mechanisms", *all.pop3);
}

void Reader::check_route(deliver::MailRoute const& route) {
  using Via = deliver::MailRoute::Via;
  auto wrong = [&](std::string_view why) { complain(route.line, fmt::format("the route \"{}\" {}", route.name, why)); };
  bool const has_host = !route.where.text().empty();
  if (route.has_host() && !has_host) wrong("has no host");
  if (!route.has_host() && has_host) wrong("has a host, but goes via none");
  if (route.via == Via::relay && !route.where.socket.empty()) wrong("has a path, which only lmtp may have");
  bool const has_secret = !route.password.empty() || !route.token.empty();
  if (!route.user.empty() && route.via != Via::relay) wrong("has a user, but only a relay is logged in to");
  if (!route.user.empty() && !has_secret) wrong("has a user, but neither password_file nor token_file");
  if (route.user.empty() && has_secret) wrong("has no user for its password");
  if (!route.password.empty() && !route.token.empty()) wrong("has a password_file and a token_file; keep one");
}

void Reader::check_routes() {
  std::vector<deliver::MailRoute> const& all = loaded.config.outgoing.routes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    check_route(all[i]);
    auto const first = std::ranges::find(all, all[i].name, &deliver::MailRoute::name);
    if (first != all.begin() + static_cast<std::ptrdiff_t>(i) || all[i].name == loaded.config.relay.name)
      complain(all[i].line, fmt::format("there is another route \"{}\"", all[i].name));
  }
  std::string const& fallback = loaded.config.outgoing.fallback;
  deliver::MailRoute const* const found = deliver::find_route(all, fallback);
  if (!fallback.empty() && (found == nullptr || found->via != deliver::MailRoute::Via::relay))
    complain(line_of("outgoing.fallback_relay"),
             fmt::format("outgoing.fallback_relay names no [[route]] via a relay: \"{}\"", fallback));
}

// What no single value shows. Only useful when each value is right.
void Reader::check() {
  for (Option<Config> const& each : options().rows())
    if (each.required && line_of(each.name) == 0)
      complain(0, fmt::format("{} is not set, and must be; it is {}", each.name, each.takes));
  check_listeners();
  check_routes();
  if (problems.empty()) check_certificate();
  if (problems.empty()) check_tokens();
  if (!problems.empty()) return;
  Config& config = loaded.config;
  if (!config.default_domain) config.default_domain = mime::Domain::parse(config.settings.host_name).value();
  config.settings.default_domain = *config.default_domain;
}

}  // namespace

std::expected<Loaded, Problems> parse(std::string_view text, std::string_view file_name) {
  Document document = read_toml(text);
  Reader reader;
  reader.problems = std::move(document.problems);
  reader.read(document.root);
  // Of a file that is no TOML, something may be missing that is there.
  bool const whole = reader.problems.empty();
  if (whole || !document.root.empty()) reader.check();
  if (reader.problems.empty()) return std::move(reader.loaded);

  std::ranges::sort(reader.problems);
  Problems lines;
  for (Problem const& problem : reader.problems)
    lines.push_back(problem.line > 0 ? fmt::format("{}:{}: {}", file_name, problem.line, problem.sentence)
                                     : fmt::format("{}: {}", file_name, problem.sentence));
  return std::unexpected(std::move(lines));
}

std::expected<Loaded, Problems> load(std::filesystem::path const& file) {
  auto cannot = [&](std::string_view why) {
    return std::unexpected(Problems{fmt::format("cannot read {}: {}", file.string(), why)});
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return cannot("it is a folder");
  std::ifstream in(file, std::ios::binary);
  if (!in) return cannot(std::strerror(errno));
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return cannot(std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMostBytes) return cannot("it is larger than 1 MiB");
  return parse(text, file.string());
}

}  // namespace yubin::config
