// What the reports say to people, as data: English and Japanese.
#pragma once

#include <string_view>

#include "deliver/report.h"
#include "queue/failure_class.h"

namespace yubin::deliver {

struct ReportWords {
  ReportAction action;
  std::string_view name;  // RFC 3464 section 2.3.3
  std::string_view subject;
  std::string_view subject_ja;
  std::string_view begin;
  std::string_view end;
  std::string_view begin_ja;
  std::string_view end_ja;
};

inline constexpr ReportWords kReportWords[] = {
    {ReportAction::failed, "failed", "Undelivered mail", "配達できませんでした",
     "Your message could not be delivered to:", "It will not be tried again.",
     "次の宛先にメールを配達できませんでした。", "再送は行いません。"},
    {ReportAction::delayed, "delayed", "Mail is delayed", "配達が遅れています",
     "Your message could not be delivered yet to:",
     "You need not do anything: it goes on being tried, and you will hear if it fails in the end.",
     "次の宛先にまだメールを配達できていません。",
     "再送を続けていますので、何もなさる必要はありません。最終的に配達できなかったときは改めてお知らせします。"},
    {ReportAction::delivered, "delivered", "Mail was delivered", "配達しました",
     "As you asked to be told: your message was delivered to:", "",
     "ご依頼によりお知らせします。次の宛先にメールを配達しました。", ""},
    {ReportAction::relayed, "relayed", "Mail was passed on", "中継しました",
     "As you asked to be told: your message was passed on to servers that send no notices of delivery, for:", "",
     "ご依頼によりお知らせします。次の宛先のメールを、配達通知に対応していないサーバーに渡しました。", ""},
};

struct ReasonWords {
  queue::FailureClass failure;
  std::string_view english;
  std::string_view japanese;
};

// What is behind most failures of a class; none for those that only the other side's words tell.
inline constexpr ReasonWords kReasonWords[] = {
    {queue::FailureClass::mailbox, "There is no such address.", "この宛先は存在しません。"},
    {queue::FailureClass::quota, "The mailbox is full.", "宛先のメールボックスがいっぱいです。"},
    {queue::FailureClass::size, "The message is too large for the other server.",
     "メールが大きすぎて、相手のサーバーが受け取れません。"},
    {queue::FailureClass::reputation,
     "The other server refuses mail from this server. Its administrator has been told.",
     "相手のサーバーがこのサーバーからのメールを拒否しています。管理者に通知しました。"},
    {queue::FailureClass::auth, "The other server takes the sender's address for forged.",
     "差出人の認証に失敗し、相手のサーバーに拒否されました。"},
    {queue::FailureClass::policy, "The other server refuses this message.",
     "相手のサーバーがこのメールを拒否しました。"},
    {queue::FailureClass::network, "The other server cannot be reached.", "相手のサーバーに接続できません。"},
    {queue::FailureClass::greylisted, "The other server asks to wait.",
     "相手のサーバーが時間をおいて再送するよう求めています。"},
    {queue::FailureClass::too_often, "The other server asks to wait.",
     "相手のサーバーが時間をおいて再送するよう求めています。"},
};

}  // namespace yubin::deliver
