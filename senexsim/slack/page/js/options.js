/** Options of users, conversations and channels selects, taken from the workspace as the app's filters ask. */

import * as directory from './directory.js';

const asOption = (value, text) => ({ value, text: { type: 'plain_text', text, emoji: false } });

const KINDS = {
  im: (room) => room.is_im, mpim: (room) => room.is_mpim,
  private: (room) => room.is_private && !room.is_im && !room.is_mpim,
  public: (room) => !room.is_private && !room.is_im && !room.is_mpim,
};

/** The same element with its options listed, so that a plain select or picker can draw it. */
export function directoryOptions(element) {
  const about = element.type.replace('multi_', '');
  if (about === 'users_select') return { ...element, options: people() };
  if (about === 'channels_select') return { ...element, options: rooms({ include: ['public'] }) };
  return { ...element, options: rooms(element.filter ?? {}) };
}

function people() {
  return directory.users().filter((user) => !user.deleted).map((user) => asOption(user.id, directory.userName(user.id)));
}

function rooms(filter) {
  return directory.channels()
    .filter((room) => !filter.include || filter.include.some((kind) => KINDS[kind]?.(room)))
    .filter((room) => !(filter.exclude_external_shared_channels && room.is_ext_shared))
    .filter((room) => !room.is_archived)
    .map((room) => asOption(room.id, roomLabel(room)));
}

function roomLabel(room) {
  if (!room.is_im) return `#${room.name}`;
  return room.user ? `Direct message with ${directory.userName(room.user)}` : room.name;
}
