#include "config/print.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/suggest.h"

namespace yubin::config {

namespace {

std::string_view section_of(std::string_view name) {
  std::size_t const dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}
std::string_view key_of(std::string_view name) {
  std::size_t const dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

Config const& defaults() {
  static Config const value;
  return value;
}

// Lines of at most 100 columns, each after `begin`.
std::string wrapped(std::string_view text, std::string_view begin) {
  constexpr std::size_t kWidth = 100;
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = std::min(text.find(' ', at), text.size());
    std::string_view const word = text.substr(at, end - at);
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out.push_back('\n');
      column = 0;
    }
    out += column == 0 ? begin : " ";
    column += (column == 0 ? begin.size() : 1) + word.size();
    out += word;
    at = end + 1;
  }
  return out + "\n";
}

std::string first_letter_up(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - ('a' - 'A'));
  return out;
}

template <class Target>
std::string details(Option<Target> const& option) {
  return first_letter_up(option.takes) + (option.effect == Effect::restart ? "; a change needs a restart." : ".");
}

// Options of the file itself come first, then section by section, in the order in which the table first names them.
template <class Print>
void by_section(Print print) {
  std::vector<std::string_view> sections{""};
  for (Option<Config> const& option : options().rows())
    if (std::ranges::find(sections, section_of(option.name)) == sections.end())
      sections.push_back(section_of(option.name));
  for (std::string_view section : sections) {
    bool begins = !section.empty();
    for (Option<Config> const& option : options().rows())
      if (section_of(option.name) == section) print(option, std::exchange(begins, false));
  }
}

template <class Target>
std::string section_text(std::string_view kind, Options<Target> const& table, Target const& one) {
  std::string out = fmt::format("[[{}]]\n", kind);
  for (Option<Target> const& option : table.rows()) {
    std::string const value = option.show(one);
    if (!value.empty()) out += fmt::format("{} = {}\n", option.name, value);
  }
  return out;
}
std::string text_of(Listener const& listener) {
  return section_text("listener", listener_options(), listener);
}
std::string text_of(deliver::MailRoute const& route) {
  return section_text("route", route_options(), route);
}
std::string text_of(server::BackupDomain const& backup) {
  return section_text("backup_mx", backup_options(), backup);
}
std::string text_of(Certificate const& certificate) {
  return section_text("certificate", certificate_options(), certificate);
}

// As comments.
template <class Target>
std::string sample_section(std::string_view kind, Options<Target> const& table, Target const& example) {
  std::string out = fmt::format("#\n# [[{}]]\n", kind);
  for (Option<Target> const& option : table.rows()) {
    std::string const value = option.show(example);
    out += wrapped(fmt::format("{} {}", option.sentence, details(option)), "#   ") +
           (value.empty() ? fmt::format("# {} is not set\n", option.name)
                          : fmt::format("# {} = {}\n", option.name, value));
  }
  return out;
}

std::string origin(Loaded const& loaded, std::string_view name, std::string_view file_name) {
  auto const line = loaded.lines.find(name);
  return line == loaded.lines.end() ? "default" : fmt::format("{}:{}", file_name, line->second);
}

std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out.push_back(c);
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

template <class Target>
std::string manual_entry(Option<Target> const& option, std::string const& standard) {
  std::string out = fmt::format(".TP\n.B {}\n{}\n{}", roff(option.name), roff(option.sentence), roff(details(option)));
  if (option.required) return out + "\nRequired.\n";
  return out + fmt::format("\nDefault: {}\n", roff(standard.empty() ? "not set" : standard));
}

}  // namespace

std::string sample() {
  std::string out =
      "# The configuration of Yubin; yubin.toml(5) says the same. Every option has the default that is written here,\n"
      "# except the required ones. Check a change with `yubin config check`, apply it with `yubin reload`.\n";
  by_section([&](Option<Config> const& option, bool begins) {
    if (begins) out += fmt::format("\n[{}]\n", section_of(option.name));
    out += "\n" + wrapped(option.sentence, "# ") + wrapped(details(option), "# ");
    std::string const standard = option.show(defaults());
    if (option.required) {
      out += fmt::format("{} = \"mx.example.org\"\n", key_of(option.name));
    } else {
      out += standard.empty() ? fmt::format("# {} is not set\n", key_of(option.name))
                              : fmt::format("# {} = {}\n", key_of(option.name), standard);
    }
  });
  out +=
      "\n# Where the server listens, one section each. Without any it listens on all addresses for\n"
      "# these; without tls.certificate and with outgoing.relay nowhere, as a machine that only sends:\n";
  for (server::Service const& service : server::services())
    if (service.by_default) out += fmt::format("#   {} ({})\n", service.name, service.port);
  out += sample_section("listener", listener_options(),
                        Listener{.service = server::find_service("imaps"), .where = {IpAddress::v4({}), 993}});
  out +=
      "\n# Certificates besides the one of [tls], one section each; clients get the one that holds the name they ask "
      "for.\n";
  out += sample_section("certificate", certificate_options(),
                        Certificate{.file = "/etc/yubin/tls/example.net.pem", .key = "/etc/yubin/tls/example.net.key"});
  out += "\n# Ways for some of the mail that goes out, one section each; the rest goes to each domain's own hosts.\n";
  out += sample_section("route", route_options(),
                        deliver::MailRoute{.name = "partner",
                                           .via = deliver::MailRoute::Via::relay,
                                           .to = {deliver::RoutePattern::parse("example.net").value(),
                                                  deliver::RoutePattern::parse(".example.net").value()},
                                           .where = {"smtp.example.net"}});
  out += "\n# Domains of others that this server takes mail for while their own servers are away, one section each.\n";
  return out + sample_section("backup_mx", backup_options(),
                              server::BackupDomain{.domain = deliver::RoutePattern::parse("example.com").value()});
}

std::string effective(Loaded const& loaded, std::string_view file_name) {
  std::string out;
  by_section([&](Option<Config> const& option, bool begins) {
    if (begins) out += fmt::format("\n[{}]\n", section_of(option.name));
    std::string const value = option.show(loaded.config);
    out += value.empty()
               ? fmt::format("# {} is not set\n", key_of(option.name))
               : fmt::format("{} = {}  # {}\n", key_of(option.name), value, origin(loaded, option.name, file_name));
  });
  for (Listener const& listener : loaded.config.listeners)
    out += fmt::format("\n# {}\n{}", listener.line > 0 ? fmt::format("{}:{}", file_name, listener.line) : "default",
                       text_of(listener));
  for (Certificate const& certificate : loaded.config.more_certificates)
    out += fmt::format("\n# {}:{}\n{}", file_name, certificate.line, text_of(certificate));
  for (deliver::MailRoute const& route : loaded.config.outgoing.routes)
    out += fmt::format("\n# {}:{}\n{}", file_name, route.line, text_of(route));
  for (server::BackupDomain const& backup : loaded.config.settings.reception.backup)
    out += fmt::format("\n# {}:{}\n{}", file_name, backup.line, text_of(backup));
  return out;
}

std::string changed(Loaded const& loaded) {
  std::string out;
  for (Option<Config> const& option : options().rows())
    if (loaded.lines.contains(option.name)) out += fmt::format("{} = {}\n", option.name, option.show(loaded.config));
  for (Listener const& listener : loaded.config.listeners)
    if (listener.line > 0) out += "\n" + text_of(listener);
  for (Certificate const& certificate : loaded.config.more_certificates) out += "\n" + text_of(certificate);
  for (deliver::MailRoute const& route : loaded.config.outgoing.routes) out += "\n" + text_of(route);
  for (server::BackupDomain const& backup : loaded.config.settings.reception.backup) out += "\n" + text_of(backup);
  return out;
}

namespace {

template <class Target>
std::string describe(std::string_view name, Option<Target> const& option, std::string const& standard) {
  return fmt::format(
      "{}\n{}{}{}\n", name, wrapped(option.sentence, "  "), wrapped(details(option), "  "),
      option.required ? "  Required." : fmt::format("  Default: {}", standard.empty() ? "not set" : standard));
}

}  // namespace

Result<std::string> explain(std::string_view name) {
  if (Option<Config> const* option = options().find(name)) return describe(name, *option, option->show(defaults()));
  if (section_of(name) == "listener") {
    if (Option<Listener> const* option = listener_options().find(key_of(name)))
      return describe(name, *option, option->show(Listener{}));
  }
  if (section_of(name) == "backup_mx") {
    if (Option<server::BackupDomain> const* option = backup_options().find(key_of(name)))
      return describe(name, *option, option->show(server::BackupDomain{}));
  }
  if (section_of(name) == "route") {
    if (Option<deliver::MailRoute> const* option = route_options().find(key_of(name)))
      return describe(name, *option, option->show(deliver::MailRoute{}));
  }
  if (section_of(name) == "certificate") {
    if (Option<Certificate> const* option = certificate_options().find(key_of(name)))
      return describe(name, *option, option->show(Certificate{}));
  }
  std::vector<std::string> others;
  for (Option<Listener> const& option : listener_options().rows())
    others.push_back(fmt::format("listener.{}", option.name));
  for (Option<Certificate> const& option : certificate_options().rows())
    others.push_back(fmt::format("certificate.{}", option.name));
  for (Option<deliver::MailRoute> const& option : route_options().rows())
    others.push_back(fmt::format("route.{}", option.name));
  for (Option<server::BackupDomain> const& option : backup_options().rows())
    others.push_back(fmt::format("backup_mx.{}", option.name));
  std::vector<std::string_view> known(others.begin(), others.end());
  for (Option<Config> const& option : options().rows()) known.push_back(option.name);
  return fail(Errc::not_found, fmt::format("there is no option \"{}\"{}", name, did_you_mean(name, known)));
}

Result<std::string> explain(std::string_view name, Loaded const& loaded, std::string_view file_name) {
  TRY(std::string text, explain(name));
  if (Option<Config> const* option = options().find(name)) {
    std::string const value = option->show(loaded.config);
    text += fmt::format("  Now: {} ({})\n", value.empty() ? "not set" : value, origin(loaded, name, file_name));
  }
  return text;
}

std::string manual_page() {
  std::string out =
      ".TH YUBIN.TOML 5 \"\" \"Yubin\" \"Yubin\"\n.SH NAME\nyubin.toml \\- configuration of the mail server Yubin\n"
      ".SH SYNOPSIS\n/etc/yubin/yubin.toml\n.SH DESCRIPTION\n"
      "A file in TOML 1.0. Only\n.B host_name\nmust be set. An option or section that does not exist, a value out of "
      "its limits and an option that stands twice are errors: the server does not start with them, and a running "
      "server refuses to reload them and goes on as before.\n.PP\n"
      "Sizes and times are texts with a unit: \"50 MiB\" (B, KiB, MiB, GiB, TiB), \"30 min\" (ms, s, min, h, d).\n.PP\n"
      ".B yubin config check\nlooks at a file,\n.B yubin reload\nor SIGHUP applies it to the running server,\n"
      ".B yubin config explain\nKEY says what an option is.\n.SH OPTIONS\n";
  by_section([&](Option<Config> const& option, bool begins) {
    if (begins) out += fmt::format(".SS [{}]\n", section_of(option.name));
    out += manual_entry(option, option.show(defaults()));
  });
  out +=
      ".SS [[listener]]\nOne such section for each address and service. Without any the server listens on all "
      "addresses for";
  for (server::Service const& service : server::services())
    if (service.by_default) out += fmt::format(" {} ({})", service.name, service.port);
  out += ".\n";
  for (Option<Listener> const& option : listener_options().rows()) out += manual_entry(option, option.show(Listener{}));
  out +=
      ".SS [[certificate]]\nOne such section for each certificate besides that of [tls]. A client gets the one that "
      "holds the name it asks for.\n";
  for (Option<Certificate> const& option : certificate_options().rows())
    out += manual_entry(option, option.show(Certificate{}));
  out +=
      ".SS [[route]]\nOne such section for each way that some of the outgoing mail takes: the first that fits a "
      "message. "
      "What none fits goes to the hosts of the recipient's domain, or to outgoing.relay.\n";
  for (Option<deliver::MailRoute> const& option : route_options().rows())
    out += manual_entry(option, option.show(deliver::MailRoute{}));
  out += ".SS [[backup_mx]]\nOne such section for each domain that this server is a secondary MX of.\n";
  for (Option<server::BackupDomain> const& option : backup_options().rows())
    out += manual_entry(option, option.show(server::BackupDomain{}));
  return out + ".SH FILES\n/etc/yubin/yubin.toml\n.SH SEE ALSO\nyubin(1)\n";
}

}  // namespace yubin::config
