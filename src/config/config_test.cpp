#include "config/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/print.h"
#include "config/suggest.h"

namespace yubin::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The required options, in lines 1 to 4; the tests' own lines begin with line 5.
constexpr std::string_view kBegin =
    "host_name = \"mx.example.org\"\n"
    "[tls]\n"
    "certificate = \"/etc/cert.pem\"\n"
    "key = \"/etc/key.pem\"\n";

Problems problems_of(std::string_view text) {
  auto loaded = parse(text, "f");
  return loaded ? Problems{} : loaded.error();
}
Problems problems_after_begin(std::string_view text) {
  return problems_of(std::string(kBegin) + std::string(text));
}
Loaded good(std::string_view text) {
  auto loaded = parse(std::string(kBegin) + std::string(text), "f");
  if (!loaded) ADD_FAILURE() << loaded.error().front();
  return loaded ? *loaded : Loaded{};
}

TEST(Config, host_name_and_certificate_are_enough) {
  Config const config = good("").config;
  EXPECT_EQ(config.settings.host_name, "mx.example.org");
  EXPECT_EQ(config.settings.default_domain.text(), "mx.example.org");
  EXPECT_EQ(config.store_directory, "/var/lib/yubin");
  EXPECT_EQ(config.listeners, default_listeners());
}

TEST(Config, a_value_reaches_its_folders_options) {
  Config const config = good(
                            "[imap]\nidle_time = \"45 min\"\nmax_message = \"10 MiB\"\n"
                            "[smtp]\nmax_recipients = 500\nbanner = \"hello\"\n"
                            "[log]\nlevel = \"warning\"\n[memory]\nmax = \"256MiB\"\n")
                            .config;
  EXPECT_EQ(config.settings.imap.idle_time, std::chrono::minutes(45));
  EXPECT_EQ(config.settings.imap.max_message, 10u << 20);
  EXPECT_EQ(config.settings.smtp.max_recipients, 500u);
  EXPECT_EQ(config.settings.smtp.banner, "hello");
  EXPECT_EQ(config.log_level, LogLevel::warning);
  EXPECT_EQ(config.memory_max, 256u << 20);
}

TEST(Config, certificates_besides_the_first) {
  Config const config = good(
                            "[[certificate]]\nfile = \"/a.pem\"\nkey = \"/a.key\"\n"
                            "[[certificate]]\nfile = \"/b.pem\"\nkey = \"/b.pem\"\n")
                            .config;
  ASSERT_EQ(config.more_certificates.size(), 2u);
  EXPECT_EQ(config.more_certificates[0].key, "/a.key");
  EXPECT_EQ(config.more_certificates[1].file, "/b.pem");
  EXPECT_THAT(problems_after_begin("[[certificate]]\nfile = \"/a.pem\"\nkye = \"/a.key\"\n"),
              ElementsAre(HasSubstr("f:5: this certificate has no key"),
                          "f:7: a certificate has no option \"kye\"; did you mean \"key\"?"));
  EXPECT_THAT(problems_of("host_name = \"mx.example.org\"\n[[listener]]\nservice = \"mx\"\naddress = \"0.0.0.0:25\"\n"
                          "[[certificate]]\nfile = \"/a.pem\"\nkey = \"/a.key\"\n"),
              ElementsAre(HasSubstr("f:5: tls.certificate and tls.key are not set")));
}

TEST(Config, mechanisms_are_for_all_services_or_for_one) {
  server::Mechanisms const made = good(
                                      "[auth]\nmechanisms = [\"SCRAM-SHA-256-PLUS\", \"PLAIN\"]\n"
                                      "[imap]\nmechanisms = [\"SCRAM-SHA-256\"]\n")
                                      .config.settings.mechanisms;
  EXPECT_THAT(made.of(made.imap), ElementsAre("SCRAM-SHA-256"));
  EXPECT_THAT(made.of(made.pop3), ElementsAre("SCRAM-SHA-256-PLUS", "PLAIN"));
  EXPECT_THAT(problems_after_begin("[auth]\nmechanisms = []\n[pop3]\nmechanisms = [\"PLAIN\", \"PLAIN\"]\n"
                                   "[submission]\nmechanisms = [\"PLAIM\"]\n"),
              ElementsAre(HasSubstr("f:6: auth.mechanisms is empty, so nobody could log in; it must be a list of 1 to"),
                          HasSubstr("f:8: pop3.mechanisms names PLAIN twice"),
                          HasSubstr("f:10: submission.mechanisms is \"PLAIM\", and there is no such mechanism; did you "
                                    "mean")));
}

TEST(Config, tokens_need_keys_an_issuer_and_an_audience) {
  EXPECT_THAT(problems_after_begin("[imap]\nmechanisms = [\"OAUTHBEARER\"]\n"),
              ElementsAre("f:6: imap.mechanisms names OAUTHBEARER, but oauth.keys is not set"));
  EXPECT_THAT(
      problems_after_begin("[oauth]\nkeys = \"/k.json\"\n"),
      ElementsAre("f:6: oauth.keys is set, but not oauth.audience", "f:6: oauth.keys is set, but not oauth.issuer"));
  Config const config = good(
                            "[imap]\nmechanisms = [\"OAUTHBEARER\", \"PLAIN\"]\n"
                            "[oauth]\nkeys = \"/k.json\"\nissuer = \"https://id.example.org\"\naudience = \"mail\"\n")
                            .config;
  EXPECT_EQ(config.tokens.issuer, "https://id.example.org");
  EXPECT_EQ(config.tokens.claim, "email");
}

TEST(Config, lmtp_may_listen_on_a_path) {
  EXPECT_EQ(good("[[listener]]\nservice = \"lmtp\"\npath = \"/run/l\"\n").config.listeners.front().path, "/run/l");
  EXPECT_THAT(problems_after_begin("[[listener]]\nservice = \"imap\"\npath = \"/run/l\"\n"
                                   "[[listener]]\nservice = \"lmtp\"\npath = \"/run/l\"\naddress = \"127.0.0.1:24\"\n"),
              ElementsAre("f:5: only lmtp may listen on a path, not imap",
                          "f:8: /run/l is listened on twice, here and in line 5; keep one of them",
                          "f:8: this listener has an address and a path; keep one"));
}

TEST(Config, a_secondary_mx_is_one_of_named_domains) {
  Config const config =
      good("[[backup_mx]]\ndomain = \"Example.NET\"\n[[backup_mx]]\ndomain = \".example.net\"\n").config;
  ASSERT_EQ(config.settings.reception.backup.size(), 2u);
  EXPECT_EQ(config.settings.reception.backup[0].domain->text(), "example.net");
  for (std::string_view const wrong : {"*", "<>", "taro@example.net"})
    EXPECT_THAT(problems_after_begin(fmt::format("[[backup_mx]]\ndomain = \"{}\"\n", wrong)),
                ElementsAre(HasSubstr("it must be a domain, or \".example.org\" for all below one")));
}

TEST(Config, limits_and_networks) {
  Config const config = good(
                            "[limits]\nper_address = 7\nexempt = [\"192.0.2.0/24\", \"2001:db8::1\"]\n"
                            "[mx_limits]\nconnections = 9\n[proxy]\nnetworks = [\"198.51.100.7\"]\n"
                            "[smtp]\nover_quota = \"defer\"\n")
                            .config;
  EXPECT_EQ(config.limits.per_address, 7u);
  EXPECT_EQ(config.mx_limits.connections, 9u);
  ASSERT_EQ(config.exempt.size(), 2u);
  EXPECT_EQ(config.exempt[0].text(), "192.0.2.0/24");
  EXPECT_EQ(config.proxies.size(), 1u);
  EXPECT_EQ(config.settings.reception.over_quota, deliver::OverQuota::defer);
  EXPECT_THAT(problems_after_begin("[limits]\nexempt = [\"192.0.2.7/24\"]\n"), testing::SizeIs(1));
}

struct WrongRow {
  std::string_view text;
  std::string_view sentence;
};

constexpr WrongRow kWrong[] = {
    {"[imap]\nidle_time = \"5 s\"\n", "f:6: imap.idle_time must be a time from 30 min to 1 d"},
    {"[imap]\nidle_time = 1800\n", "f:6: imap.idle_time needs a unit, and quotes: \"30 min\"; it must be a time"},
    {"[imap]\nidle_time = \"30 m\"\n", "f:6: imap.idle_time is a whole number with a unit"},
    {"[imap]\nmax_message = \"50 MB\"\n", "f:6: imap.max_message is a whole number with a unit, like \"50 MiB\""},
    {"[imap]\nmax_message = \"99999999999999999999 MiB\"\n", "f:6: imap.max_message is a whole number with a unit"},
    {"[imap]\nmax_message = \"17179869184 GiB\"\n", "f:6: imap.max_message is a whole number with a unit"},
    {"[smtp]\nmax_recipients = \"many\"\n", "f:6: smtp.max_recipients must be a number from 100 to 100000"},
    {"[smtp]\nmax_recipients = -1\n", "f:6: smtp.max_recipients must be a number from 100 to 100000"},
    {"[smtp]\nmax_recipients = 1.5\n", "f:6: smtp.max_recipients must be a number"},
    {"[smtp]\nbanner = \"a\\r\\n220 b\"\n", "f:6: smtp.banner holds a control character"},
    {"[log]\nlevel = \"loud\"\n", "f:6: log.level must be one of \"debug\", \"info\", \"warning\", \"error\""},
    {"[store]\ndirectory = \"mail\"\n", "f:6: store.directory must be an absolute path"},
    {"[[listener]]\nservice = \"imapss\"\naddress = \"0.0.0.0:1\"\n",
     "f:6: listener.service is \"imapss\", and there is no such service; did you mean \"imaps\"?"},
    {"[[listener]]\nservice = \"imaps\"\naddress = \"localhost:1\"\n", "f:7: listener.address "},
    {"[[listener]]\nservice = \"imaps\"\n", "f:5: this listener has no address"},
    {"[listener]\nservice = \"imaps\"\n", "f:5: a listener is a section of its own; write [[listener]]"},
    {"[[listener]]\nservice = \"imaps\"\naddress = \"[::]:1\"\n[[listener]]\nservice = \"mx\"\naddress = \"[::]:1\"\n",
     "f:8: [::]:1 is listened on twice, here and in line 5"},
    {"[[listener]]\nservice = \"imaps\"\naddres = \"[::]:1\"\n",
     "f:7: a listener has no option \"addres\"; did you mean \"address\"?"},
    // Names that have been published with a typo and never took effect.
    {"[smtp]\nsize_limti = \"1 MiB\"\n",
     "f:6: there is no option \"smtp.size_limti\"; did you mean \"smtp.size_limit\"?"},
    {"[smptd]\nsize_limit = \"1 MiB\"\n", "f:5: there is no section [smptd]; did you mean \"smtp\"?"},
    {"[imap]\nsize_limit = \"1 MiB\"\n",
     "f:6: there is no option \"imap.size_limit\"; did you mean \"smtp.size_limit\"?"},
    {"[imap]\nxyzzy_plugh = 1\n", "f:6: there is no option \"imap.xyzzy_plugh\""},
    {"[imap]\nmax_message = yes\n", "f:6: "},
    {"[imap\nmax_message = \"1 MiB\"\n", "f:5: "},
};

TEST(Config, says_what_is_wrong_with_file_and_line) {
  for (WrongRow const& row : kWrong) {
    Problems const problems = problems_after_begin(row.text);
    ASSERT_FALSE(problems.empty()) << row.text;
    EXPECT_THAT(problems, testing::Contains(testing::StartsWith(std::string(row.sentence)))) << row.text;
  }
}

TEST(Config, says_everything_that_is_wrong_at_once) {
  Problems const problems = problems_of(
      "host_name = \"mx\"\n"
      "[imap]\n"
      "idle_time = tomorrow\n"
      "max_mesage = \"1 MiB\"\n"
      "login_time = \"1 ms\"\n"
      "login_time = \"2 ms\"\n"
      "[smtp]\n"
      "max_errors = 0\n");
  ASSERT_EQ(problems.size(), 6u) << fmt::format("{}", fmt::join(problems, "\n"));
  EXPECT_THAT(problems[0], HasSubstr("f:1: host_name is not a full name"));
  EXPECT_THAT(problems[1], HasSubstr("f:3: "));
  EXPECT_THAT(problems[2], HasSubstr("did you mean \"imap.max_message\"?"));
  EXPECT_THAT(problems[3], HasSubstr("f:5: imap.login_time must be a time"));
  EXPECT_THAT(problems[4], HasSubstr("f:6: login_time is set twice, here and in line 5"));
  EXPECT_THAT(problems[5], HasSubstr("f:8: smtp.max_errors"));
}

TEST(Config, a_header_needs_a_name) {
  Problems const problems = problems_after_begin("[!]\nidle = 1\n[[\x01 x]]\n[ ?imap]\n[imap]\nidle_tim = 1\n");
  EXPECT_THAT(problems, ElementsAre(HasSubstr("f:5: wrong section header"), HasSubstr("f:6: there is no option"),
                                    HasSubstr("f:7: wrong section header"), HasSubstr("f:8: wrong section header"),
                                    HasSubstr("f:10: there is no option \"imap.idle_tim\"")));
}

TEST(Config, text_without_quotes_and_full_width_blanks_are_told) {
  Problems const problems = problems_after_begin(
      "# 設定\n"
      "[imap]  # あ\n"
      "idle_time\u3000= \"40 min\"\n"
      "login_time = あ\n"
      "[あ]\n"
      "max_message = \"\"\"あ\"\"\"\"\" ん\n");
  auto const told = [](int line) { return HasSubstr(fmt::format("f:{}: text stands in quotes", line)); };
  EXPECT_THAT(problems, ElementsAre(told(7), told(8), told(9), told(10)));
}

TEST(Config, what_stands_below_a_repeated_header_is_still_looked_at) {
  Problems const problems = problems_after_begin(
      "[imap]\n"
      "idle_time = \"40 min\"\n"
      "[smtp]\n"
      "max_errors = 5\n"
      "[imap]\n"
      "idle_time = \"50 min\"\n"
      "login_tim = \"1 min\"\n");
  EXPECT_THAT(problems, ElementsAre(HasSubstr("f:9: [imap] is set twice, here and in line 5"),
                                    HasSubstr("f:10: imap.idle_time is set twice, here and in line 6"),
                                    HasSubstr("f:11: there is no option \"imap.login_tim\"; did you mean")));
}

TEST(Config, a_certificate_and_its_key_belong_together) {
  EXPECT_THAT(problems_of("host_name = \"mx.example.org\"\n[tls]\ncertificate = \"/c\"\n"),
              ElementsAre("f:3: tls.certificate is set, but not tls.key"));
  EXPECT_THAT(problems_of("host_name = \"mx.example.org\"\n[tls]\nkey = \"/k\"\n"),
              ElementsAre("f:3: tls.key is set, but not tls.certificate"));
  EXPECT_THAT(problems_of("host_name = \"mx.example.org\"\n"),
              ElementsAre(HasSubstr("needs a certificate; set tls.certificate and tls.key")));
  EXPECT_THAT(problems_of("host_name = \"mx.example.org\"\n[[listener]]\nservice = \"mx\"\naddress = \"[::]:25\"\n"),
              IsEmpty());
}

TEST(Config, what_is_required_is_missed) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("f: host_name is not set, and must be")));
}

TEST(Config, garbage_is_refused) {
  EXPECT_FALSE(problems_of("\x80\xff\n").empty());
  EXPECT_FALSE(problems_of("a = \"\"\"\n\n\n").empty());
  EXPECT_FALSE(problems_of("a = [1,\n").empty());
}

TEST(Config, the_effective_configuration_means_the_same) {
  Loaded const loaded =
      good("[imap]\nidle_time = \"45 min\"\n[[listener]]\nservice = \"mx\"\naddress = \"[::1]:2525\"\n");
  std::string const text = effective(loaded, "f");
  EXPECT_THAT(text, HasSubstr("idle_time = \"45 min\"  # f:6\n"));
  EXPECT_THAT(text, HasSubstr("login_time = \"1 min\"  # default\n"));
  auto again = parse(text, "g");
  ASSERT_TRUE(again) << again.error().front();
  EXPECT_EQ(effective({again->config, loaded.lines}, "f").substr(0, text.find("# f:7")),
            text.substr(0, text.find("# f:7")));
  EXPECT_EQ(again->config.listeners, loaded.config.listeners);
}

// Every default in the table is a value that the table takes.
TEST(Config, the_sample_with_every_default_spelt_out_is_right) {
  std::string text;
  std::string const commented = sample();
  for (std::size_t at = 0; at < commented.size();) {
    std::size_t const end = commented.find('\n', at);
    std::string line = commented.substr(at, end - at);
    at = end + 1;
    bool const is_default = line.starts_with("# ") && line.contains(" = ");
    text += (is_default ? line.substr(2) : line) + "\n";
    if (line.starts_with("# [[")) text += line.substr(2) + "\n";
    if (line == "[tls]") text += "certificate = \"/c\"\nkey = \"/k\"\n";
  }
  EXPECT_THAT(problems_of(text), IsEmpty()) << text;
  for (Option<Config> const& option : options().rows())
    EXPECT_THAT(commented, HasSubstr(option.name.substr(option.name.find('.') + 1))) << option.name;
}

TEST(Config, a_reload_names_what_needs_a_restart) {
  Config const running = good("").config;
  EXPECT_THAT(need_restart(running, good("[imap]\nidle_time = \"45 min\"\n").config), IsEmpty());
  EXPECT_THAT(need_restart(running, good("[store]\ndirectory = \"/mail\"\n").config), ElementsAre("store.directory"));
  EXPECT_THAT(need_restart(running, good("[[listener]]\nservice = \"mx\"\naddress = \"[::1]:2525\"\n").config),
              ElementsAre("listener"));
}

TEST(Config, a_reload_leaves_what_needs_a_restart_as_it_is) {
  Config const running = good("").config;
  Config const wanted = good(
                            "[imap]\nidle_time = \"45 min\"\n[reports]\nreceive = false\n"
                            "[[listener]]\nservice = \"mx\"\naddress = \"[::1]:2525\"\n")
                            .config;
  Config const next = until_restart(running, wanted);
  EXPECT_THAT(need_restart(running, wanted), ElementsAre("reports.receive", "listener"));
  EXPECT_THAT(need_restart(running, next), IsEmpty());
  EXPECT_EQ(options().find("imap.idle_time")->show(next), "\"45 min\"");
  EXPECT_EQ(options().find("reports.receive")->show(next), "true");
}

TEST(Config, explain_says_what_it_is_and_where_it_comes_from) {
  Loaded const loaded = good("[imap]\nidle_time = \"45 min\"\n");
  std::string const text = explain("imap.idle_time", loaded, "f").value();
  EXPECT_THAT(text, HasSubstr("A time from 30 min to 1 d."));
  EXPECT_THAT(text, HasSubstr("Default: \"30 min\""));
  EXPECT_THAT(text, HasSubstr("Now: \"45 min\" (f:6)"));
  EXPECT_THAT(explain("imap.idle_tme").error().detail, HasSubstr("did you mean \"imap.idle_time\"?"));
  EXPECT_TRUE(explain("listener.address"));
}

TEST(Config, every_option_is_in_the_manual) {
  std::string const page = manual_page();
  for (Option<Config> const& option : options().rows())
    EXPECT_THAT(page, HasSubstr(fmt::format("\n.B {}\n", option.name)));
}

TEST(Codec, sizes_and_times_are_written_with_the_largest_unit_that_fits) {
  EXPECT_EQ(format_size(50u << 20), "50 MiB");
  EXPECT_EQ(format_size(1000), "1000 B");
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(parse_size("50MiB").value(), 50u << 20);
  EXPECT_EQ(format_duration(std::chrono::minutes(90)), "90 min");
  EXPECT_EQ(parse_duration("1 d").value(), std::chrono::hours(24));
  EXPECT_FALSE(parse_duration("1 week"));
}

}  // namespace
}  // namespace yubin::config
