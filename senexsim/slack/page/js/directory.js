/** Who and what exists in the workspace, by id. Filled once from `GET /_sim/workspace`; read by the renderers. */

/** Slack's own voice: errors that only the person sees. */
export const SLACKBOT = 'USLACKBOT';

const people = new Map();
const rooms = new Map();

export function fillDirectory(users, channels) {
  people.clear();
  rooms.clear();
  people.set(SLACKBOT, { id: SLACKBOT, name: 'slackbot', display_name: 'Slackbot', is_bot: true, is_slackbot: true });
  for (const user of users) people.set(user.id, user);
  for (const channel of channels) rooms.set(channel.id, channel);
}

export const user = (id) => people.get(id);
export const channel = (id) => rooms.get(id);
export const users = () => [...people.values()].filter((one) => !one.is_slackbot);
export const channels = () => [...rooms.values()];

/** The name shown for a user id; an unknown id shows itself. */
export function userName(id) {
  const found = people.get(id);
  return found ? found.display_name || found.name : id;
}

export function channelName(id) {
  const found = rooms.get(id);
  return found ? found.name : id;
}

const TINTS = 8;

/** A stable colour class for a person without a picture. */
export function tint(id) {
  let sum = 0;
  for (const char of String(id)) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return `tint-${sum % TINTS}`;
}

/** Up to two initials. */
export function initials(name) {
  const words = String(name).split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('') || '?';
}
