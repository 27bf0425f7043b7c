/** Remembers in this browser how far each person has read each channel. */

const KEY = "seen";

/** Return how many messages by others a person has not read in a channel. @param {object} channel */
export function unreadCount(channel, userId) {
  const last = marks()[`${userId} ${channel.id}`] ?? "";
  return withReplies(channel).filter((message) => message.user !== userId && message.ts > last).length;
}

/** Note that a person has read all of a channel. */
export function markSeen(channel, userId) {
  const newest = withReplies(channel).reduce((most, message) => (message.ts > most ? message.ts : most), "");
  const known = marks();
  const key = `${userId} ${channel.id}`;
  if (newest && newest !== known[key]) localStorage.setItem(KEY, JSON.stringify({ ...known, [key]: newest }));
}

function withReplies(channel) {
  return channel.messages.flatMap((message) => [message, ...(message.replies ?? [])]);
}

function marks() {
  return JSON.parse(localStorage.getItem(KEY) ?? "{}");
}
