#include "report/page_words.h"

namespace yubin::report {

namespace {

constexpr PageWords kEnglish{.code = "en",
                             .dmarc_title = "DMARC reports on",
                             .tls_title = "TLS reports on",
                             .to = "to",
                             .messages = "messages",
                             .sessions = "sessions",
                             .passed = "passed",
                             .failed = "failed",
                             .reports = "reports",
                             .records = "records",
                             .unreadable = "unreadable records",
                             .sources = "Who sends in its name",
                             .standing = {"unknown", "known forwarder", "ours"},
                             .address = "address",
                             .name = "name",
                             .unknown_name = "(not looked up yet)",
                             .no_name = "(none)",
                             .quarantined = "quarantined",
                             .rejected = "rejected",
                             .authors = "From",
                             .reporters = "Who reports",
                             .day = "day",
                             .per_day = "Day by day",
                             .failures = "Failures",
                             .single_failures = "Reports on single messages",
                             .policy = "policy",
                             .result = "result",
                             .host = "host",
                             .sender = "sent from",
                             .reason = "reason",
                             .subject = "subject",
                             .count = "count",
                             .nothing = "No reports in this time."};

constexpr PageWords kJapanese{.code = "ja",
                              .dmarc_title = "DMARCレポート:",
                              .tls_title = "TLSレポート:",
                              .to = "〜",
                              .messages = "通数",
                              .sessions = "セッション数",
                              .passed = "合格",
                              .failed = "不合格",
                              .reports = "レポート数",
                              .records = "レコード数",
                              .unreadable = "読み取れないレコード",
                              .sources = "このドメインを名乗る送信元",
                              .standing = {"不明", "既知の転送元", "自組織"},
                              .address = "アドレス",
                              .name = "逆引き名",
                              .unknown_name = "(未確認)",
                              .no_name = "(なし)",
                              .quarantined = "隔離",
                              .rejected = "拒否",
                              .authors = "差出人ドメイン",
                              .reporters = "報告元",
                              .day = "日付",
                              .per_day = "日ごとの推移",
                              .failures = "失敗",
                              .single_failures = "個別の失敗レポート",
                              .policy = "ポリシー",
                              .result = "結果",
                              .host = "ホスト",
                              .sender = "送信元",
                              .reason = "理由",
                              .subject = "件名",
                              .count = "件数",
                              .nothing = "この期間のレポートはありません。"};

}  // namespace

PageWords const& page_words(Language language) {
  return language == Language::japanese ? kJapanese : kEnglish;
}

}  // namespace yubin::report
