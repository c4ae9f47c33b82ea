/** A person's or app's square picture: initials on a stable colour. Decoration only; names stand beside it. */

import { h } from './dom.js';
import * as directory from './directory.js';

export function avatar(userId, size = 'm') {
  const known = directory.user(userId);
  const name = known ? directory.userName(userId) : userId;
  const look = known?.is_bot && !known.is_slackbot ? 'tint-bot' : directory.tint(userId);
  return h('span', { class: `avatar avatar-${size} ${look}`, 'aria-hidden': 'true' }, directory.initials(name));
}
