#include "app/sample_mail.h"

#include <fmt/format.h>

#include "deliver/intake.h"
#include "mime/date.h"

namespace yubin::app {

namespace {

// Header fields without To and Date, the empty line, the body; lines end in LF here.
constexpr std::string_view kMessages[] = {
    // Plain ASCII.
    R"(From: Yubin <postmaster@example.test>
Subject: Welcome to Yubin
Message-ID: <welcome.{id}@example.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

This mailbox belongs to the demonstration domain example.test.

Send a mail to this address by SMTP and watch it come in.
)",
    // Japanese in ISO-2022-JP, as mail in Japan has been written since 1993 (RFC 1468).
    "From: =?ISO-2022-JP?B?GyRCQkBPOhsoQg==?= <taro@example.test>\n"
    "Subject: =?ISO-2022-JP?B?GyRCMnE1RCRON28bKEI=?=\n"
    "Message-ID: <meeting.{id}@example.test>\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=ISO-2022-JP\n"
    "Content-Transfer-Encoding: 7bit\n"
    "\n"
    "\x1b$B2q5D$O\x1b(B10\x1b$B;~$+$i$G$9!#\x1b(B\n",
    // A reply to it in UTF-8, in two forms and with an attachment whose name is Japanese (RFC 2231).
    R"(From: =?UTF-8?B?6Iqx5a2Q?= <hanako@example.test>
Subject: Re: =?UTF-8?B?5Lya6K2w44Gu5Lu2?=
Message-ID: <reply.{id}@example.test>
In-Reply-To: <meeting.{id}@example.test>
References: <meeting.{id}@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="mixed"

--mixed
Content-Type: multipart/alternative; boundary="alternative"

--alternative
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

資料を添付します。
--alternative
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: 8bit

<p>資料を<b>添付</b>します。</p>
--alternative--

--mixed
Content-Type: text/csv; charset=UTF-8
Content-Disposition: attachment; filename*=UTF-8''%E8%B3%87%E6%96%99.csv
Content-Transfer-Encoding: base64

5ZOB5ZCNLOmHkemhjQrliIfmiYssMTEwCg==
--mixed--
)",
    // A second answer in Shift_JIS, as old mailers send it, with the attachment's name as RFC 2047 section 5 forbids it
    // and as many write it nevertheless.
    R"(From: =?Shift_JIS?B?l+mW2I6fmFk=?= <jiro@client.example>
Subject: =?Shift_JIS?B?UmU6IInvi2OCzIyP?=
Message-ID: <second.{id}@client.example>
In-Reply-To: <meeting.{id}@example.test>
References: <meeting.{id}@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="mixed"

--mixed
Content-Type: text/plain; charset=Shift_JIS
Content-Transfer-Encoding: base64

l7mJ8IK1gtyCtYK9gUKLY46WmF6C8JGXguiC3IK3gUINCg==
--mixed
Content-Type: text/plain; charset=Shift_JIS; name="=?ISO-2022-JP?B?GyRCNUQ7dk8/GyhCLnR4dA==?="
Content-Disposition: attachment; filename="=?ISO-2022-JP?B?GyRCNUQ7dk8/GyhCLnR4dA==?="
Content-Transfer-Encoding: base64

iOqBQZdcjlqCyYLCgqKCxA0Kk/GBQZP6kvaCyYLCgqKCxA0K
--mixed--
)",
    // EUC-JP in quoted-printable, as from a Unix machine, about something else; HTML only.
    R"(From: =?EUC-JP?B?vvDK86W7pfOlv6G8?= <center@client.example>
Subject: =?EUC-JP?B?xOTFxaTOpKrDzqTppLs=?=
Message-ID: <outage.{id}@client.example>
MIME-Version: 1.0
Content-Type: text/html; charset=EUC-JP
Content-Transfer-Encoding: quoted-printable

<p>=C5=DA=CD=CB=C6=FC=A4=CE=B6=E5=BB=FE=A4=AB=A4=E9=BD=BD=BB=FE=A4=DE=A4=C7=
<b>=C4=E4=C5=C5</b>=A4=B7=A4=DE=A4=B9=A1=A3</p>
)",
};

std::string complete(std::string_view sample, mime::Address const& to, std::int64_t time) {
  std::string text = fmt::format("To: {}\nDate: {}\n", to.text(),
                                 mime::format_date({std::chrono::sys_seconds(std::chrono::seconds(time))}));
  text += sample;
  for (std::size_t at = 0; (at = text.find("{id}", at)) != std::string::npos;)
    text.replace(at, 4, to.local_part().text());
  std::string crlf;
  for (char c : text) {
    if (c == '\n') crlf.push_back('\r');
    crlf.push_back(c);
  }
  return crlf;
}

Result<> add(store::Store& store, kv::AccountId account, std::string const& message, std::int64_t time) {
  deliver::Intake intake(store, {});
  intake.add(message);
  TRY_VOID(intake.finish());
  deliver::Intake::Sealed finished = intake.seal();
  TRY(kv::SealedBody body, finished.body.wait());
  auto append = [account, body = std::move(body), summary = std::move(finished.summary),
                 time](store::Changes& changes) -> Result<> {
    TRY(std::optional<store::Mailbox> inbox, changes.find_mailbox(account, store::MailboxName::inbox()));
    if (!inbox) return fail(Errc::not_found, "the new account has no INBOX");
    TRY_VOID(changes.append(
        account, inbox->id,
        {.prefix = {}, .body = body, .summary = summary, .flags = {}, .keywords = {}, .internal_date = time}));
    return {};
  };
  return store.change<void>({account}, Lane::delivery, std::move(append)).wait();
}

}  // namespace

Result<> add_sample_mail(store::Store& store, kv::AccountId account, mime::Address const& address, Clock const& clock) {
  std::int64_t const now = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  for (std::string_view sample : kMessages) TRY_VOID(add(store, account, complete(sample, address, now), now));
  return {};
}

}  // namespace yubin::app
