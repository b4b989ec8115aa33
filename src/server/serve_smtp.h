// What the handlers of MX, submission and LMTP have in common.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/serve.h"
#include "server/reception.h"
#include "server/services.h"
#include "smtp/session.h"

namespace yubin::server {

inline std::shared_ptr<ReceptionServices const> reception_services(ServiceContext const& context) {
  Objects const& objects = context.objects;
  Settings const& settings = *context.settings;
  return std::make_shared<ReceptionServices const>(
      ReceptionServices{objects.directory, objects.store, objects.journal, objects.delivery, objects.pool,
                        objects.clock, settings.host_name, settings.default_domain, settings.reception,
                        settings.generation, objects.resolver, settings.judge, objects.srs, objects.backup});
}

// `make_answers` makes the answers for a connection from the peer's address.
template <class MakeAnswers>
net::Listener::OnConnection serve_smtp(ServiceContext const& context, smtp::Options options, MakeAnswers make_answers,
                                       std::optional<std::chrono::seconds> login_time = {}) {
  options.host_name = context.settings->host_name;
  options.starttls = context.tls != nullptr;
  options.require_tls = options.protocol == smtp::Protocol::smtp;
  auto session_options = std::make_shared<smtp::Options const>(std::move(options));
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = context.tls;
  serve_options->implicit_tls = context.tls_at_once;
  serve_options->login = login_time;
  smtp::Tls const tls = context.tls_at_once ? smtp::Tls::on : smtp::Tls::off;
  return [session_options, serve_options, tls, make_answers = std::move(make_answers)](net::Connection connection) {
    // A socket of this machine has no address.
    IpAddress const& peer = connection.peer().address;
    auto answers = make_answers(peer == net::Endpoint{}.address ? "127.0.0.1" : peer.text());
    auto session = std::make_unique<smtp::Session>(session_options, tls);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

}  // namespace yubin::server
