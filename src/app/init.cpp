#include "app/init.h"

#include <fmt/format.h>

#include <cstdio>

#include "api/dns_records.h"
#include "app/files.h"
#include "app/from_config.h"
#include "app/parts.h"
#include "app/privileges.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/dns_facts.h"
#include "config/config.h"
#include "tls/context.h"
#include "tls/test_ca.h"

namespace yubin::app {

namespace {

constexpr std::size_t kPasswordLength = 16;  // 80 bits
constexpr auto kSelfSignedFor = std::chrono::years(2);

class Init {
 public:
  explicit Init(InitOptions options) : options_(std::move(options)) {}

  Result<> run();

 private:
  Result<> check_paths();
  Result<> check_certificate() const;
  Result<> make_certificate();
  std::string text() const;
  struct Filled {
    std::string password;
    policy::KeyRing::Keys keys;
  };
  Result<Filled> fill(config::Config const& config, mime::Address const& admin) const;
  Result<> write_configuration();
  void tell(mime::Address const& admin, Filled const& filled, config::Config const& config) const;

  bool self_signed() const { return made_; }

  InitOptions options_;
  std::string user_;  // that the server will become; empty: who runs this
  bool made_ = false;
};

bool holds_anything(std::filesystem::path const& folder) {
  std::error_code none;
  return std::filesystem::exists(folder, none) && !std::filesystem::is_empty(folder, none);
}

Result<> Init::check_paths() {
  options_.configuration = std::filesystem::absolute(options_.configuration);
  options_.store = std::filesystem::absolute(options_.store);
  if (options_.certificate.empty() != options_.key.empty())
    return fail(Errc::syntax, "--cert and --key belong together; give both or none");
  if (std::filesystem::exists(options_.configuration))
    return fail(Errc::conflict,
                fmt::format("{} exists already and is left as it is; remove it to begin anew, or edit it",
                            options_.configuration.string()));
  if (holds_anything(options_.store / "rows"))
    return fail(Errc::conflict, fmt::format("{} holds mail already and is left as it is; choose another with --store",
                                            options_.store.string()));
  if (is_root() && user_exists("yubin")) user_ = "yubin";
  TRY_VOID(make_directory(options_.store));
  std::filesystem::path const folder = options_.configuration.parent_path();
  bool const is_new = !std::filesystem::exists(folder);
  TRY_VOID(make_directory(folder));
  return is_new ? let_group_read(user_, folder) : Result<>();
}

Result<> Init::check_certificate() const {
  TRY(tls::Identity identity, tls::read_identity(options_.certificate, options_.key));
  TRY_VOID(tls::Context::make(identity, {.name = "init"}));
  return {};
}

Result<> Init::make_certificate() {
  std::filesystem::path const folder = options_.configuration.parent_path() / "tls";
  TRY_VOID(make_directory(folder));
  options_.certificate = folder / "cert.pem";
  options_.key = folder / "key.pem";
  made_ = true;
  // A half-done earlier try may have left both; whoever put others there is not robbed of them.
  if (std::filesystem::exists(options_.key)) return check_certificate();
  WallTime const now = SystemClock().now();
  TRY(tls::Identity const authority, tls::make_test_ca(options_.host + " (self-signed)", now));
  std::string const names[] = {options_.host};
  TRY(tls::Identity const issued, tls::issue_test_certificate(authority, names, now, now + kSelfSignedFor));
  TRY_VOID(write_secret(options_.key, issued.key_pem));
  TRY_VOID(write_file(options_.certificate, issued.chain_pem + authority.chain_pem));
  TRY_VOID(let_group_read(user_, folder));
  return let_group_read(user_, options_.key);
}

std::string Init::text() const {
  std::string text = fmt::format(
      "# Written by `yubin init`. yubin.toml(5) and `yubin config sample` show every option; after a change:\n"
      "#   yubin config check && yubin reload\n\n"
      "host_name = {}\ndefault_domain = {}\n",
      config::toml_text(options_.host), config::toml_text(options_.domain));
  if (user_.empty()) text += "user = \"\"  # it stays who starts it\n";
  text += fmt::format("\n[tls]\ncertificate = {}\nkey = {}\n",
                      config::toml_text(std::filesystem::absolute(options_.certificate).string()),
                      config::toml_text(std::filesystem::absolute(options_.key).string()));
  text += fmt::format("\n[store]\ndirectory = {}\n", config::toml_text(options_.store.string()));
  if (!is_root())
    text += fmt::format("\n[admin]\nsocket = {}\n\n[backup]\ndirectory = {}\n",
                        config::toml_text((options_.store / "admin.sock").string()),
                        config::toml_text(options_.store.string() + "-backups"));
  return text;
}

// The domain with its signing keys, the account, its mailboxes.
Result<Init::Filled> Init::fill(config::Config const& config, mime::Address const& admin) const {
  api::NoRuntime runtime;
  TRY(std::unique_ptr<Parts> parts, Parts::make(parts_options(config), runtime));
  std::string const password = SystemRandom().token(kPasswordLength);
  TRY(std::string hash, parts->hash_password(Secret(password)));
  TRY_VOID(parts->directory->add_domain(admin.domain()).wait());
  TRY(directory::Account account, parts->directory->add_account({admin, std::move(hash)}).wait());
  auto create = [id = account.id](store::Changes& changes) { return changes.create_account(id); };
  TRY_VOID(parts->store->change<void>({account.id}, Lane::delivery, std::move(create)).wait());
  TRY(policy::KeyRing::Keys keys, parts->key_ring->ensure(admin.domain()).wait());
  return Filled{password, std::move(keys)};
}

Result<> Init::write_configuration() {
  TRY_VOID(write_secret(options_.configuration, text()));
  return let_group_read(user_, options_.configuration);
}

void Init::tell(mime::Address const& admin, Filled const& filled, config::Config const& config) const {
  fmt::print("account   {}\npassword  {}\n", admin.text(), filled.password);
  fmt::print("It is shown only now. Change it with `yubin account passwd {}` once the server runs.\n\n", admin.text());
  if (self_signed())
    fmt::print(
        "WARNING: the certificate is self-signed. Other servers send mail all the same, but every mail program will\n"
        "warn its user. Get one from a certificate authority, and name its files in {} under [tls].\n\n",
        options_.configuration.string());
  fmt::print("What DNS must say (`yubin dns show {}` prints it again):\n\n{}\n", admin.domain().text(),
             api::dns_advice(cli::facts_of(config), admin.domain(), filled.keys));
  fmt::print("Start it:\n  systemctl enable --now yubin    or    yubin serve --config {}\n",
             options_.configuration.string());
}

Result<> Init::run() {
  Result<mime::Domain> const host = mime::Domain::parse(options_.host);
  if (!host || host->is_literal() || !host->text().contains('.'))
    return fail(Errc::syntax, fmt::format("--host {} is not a full name with its domain, like mx.example.org",
                                          yubin::quoted(options_.host)));
  options_.host = host->text();
  TRY(mime::Domain const domain, mime::Domain::parse(options_.domain));
  TRY(mime::Address const admin, mime::Address::parse(options_.admin));
  if (admin.domain() != domain)
    return fail(Errc::syntax, fmt::format("{} is not an address of {}; --admin names the first account of --domain",
                                          admin.text(), domain.unicode()));
  TRY_VOID(check_paths());
  if (options_.certificate.empty()) {
    TRY_VOID(make_certificate());
  } else {
    TRY_VOID(check_certificate());
  }
  auto const loaded = config::parse(text(), options_.configuration.string());
  if (!loaded) return fail(Errc::syntax, loaded.error().front());
  TRY(Filled const filled, fill(loaded->config, admin));
  TRY_VOID(give_to(user_, options_.store));
  TRY_VOID(write_configuration());
  tell(admin, filled, loaded->config);
  return {};
}

}  // namespace

Result<> run_init(InitOptions const& options) {
  return Init(options).run();
}

}  // namespace yubin::app
