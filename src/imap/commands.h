// The handlers of all commands, one file each (cmd_<name>.cpp).
#pragma once

#include "imap/command.h"

namespace yubin::imap {

// Any state.
Task<Reply> cmd_capability(Context& context, Cursor cursor);
Task<Reply> cmd_noop(Context& context, Cursor cursor);
Task<Reply> cmd_logout(Context& context, Cursor cursor);
Task<Reply> cmd_id(Context& context, Cursor cursor);

// Before login.
Task<Reply> cmd_starttls(Context& context, Cursor cursor);
Task<Reply> cmd_login(Context& context, Cursor cursor);
Task<Reply> cmd_authenticate(Context& context, Cursor cursor);

// After login.
Task<Reply> cmd_enable(Context& context, Cursor cursor);
Task<Reply> cmd_select(Context& context, Cursor cursor);
Task<Reply> cmd_examine(Context& context, Cursor cursor);
Task<Reply> cmd_create(Context& context, Cursor cursor);
Task<Reply> cmd_delete(Context& context, Cursor cursor);
Task<Reply> cmd_rename(Context& context, Cursor cursor);
Task<Reply> cmd_subscribe(Context& context, Cursor cursor);
Task<Reply> cmd_unsubscribe(Context& context, Cursor cursor);
Task<Reply> cmd_list(Context& context, Cursor cursor);
Task<Reply> cmd_lsub(Context& context, Cursor cursor);
Task<Reply> cmd_namespace(Context& context, Cursor cursor);
Task<Reply> cmd_status(Context& context, Cursor cursor);
Task<Reply> cmd_append(Context& context, Cursor cursor);
Task<Reply> cmd_idle(Context& context, Cursor cursor);
Task<Reply> cmd_getquota(Context& context, Cursor cursor);
Task<Reply> cmd_getquotaroot(Context& context, Cursor cursor);
Task<Reply> cmd_setquota(Context& context, Cursor cursor);
Task<Reply> cmd_compress(Context& context, Cursor cursor);

// With a selected mailbox.
Task<Reply> cmd_close(Context& context, Cursor cursor);
Task<Reply> cmd_unselect(Context& context, Cursor cursor);
Task<Reply> cmd_expunge(Context& context, Cursor cursor);
Task<Reply> cmd_uid_expunge(Context& context, Cursor cursor);
Task<Reply> cmd_search(Context& context, Cursor cursor);
Task<Reply> cmd_uid_search(Context& context, Cursor cursor);
Task<Reply> cmd_fetch(Context& context, Cursor cursor);
Task<Reply> cmd_uid_fetch(Context& context, Cursor cursor);
Task<Reply> cmd_store(Context& context, Cursor cursor);
Task<Reply> cmd_uid_store(Context& context, Cursor cursor);
Task<Reply> cmd_copy(Context& context, Cursor cursor);
Task<Reply> cmd_uid_copy(Context& context, Cursor cursor);
Task<Reply> cmd_move(Context& context, Cursor cursor);
Task<Reply> cmd_uid_move(Context& context, Cursor cursor);

}  // namespace yubin::imap
