/** Two windows of one workspace side by side, each with a person of its own: who asks, and who approves. */

import * as api from './api.js';
import { h } from './dom.js';

const FIRST = ['ana', 'cara'];

const { users, app, channels } = await api.workspace();
const people = users.filter((user) => !user.is_bot && !user.deleted);
const asked = window.location.hash.slice(1).split('/').filter(Boolean);
const chosen = FIRST.map((name, at) => people.find((one) => one.name === (asked[at] ?? name) || one.id === asked[at]) ?? people[at % people.length]);

/** The person's messages with the app. */
function room(person) {
  return channels.find((one) => one.is_im && one.members.includes(person.id) && one.members.includes(app.bot_user_id))?.id ?? '';
}

document.getElementById('windows').append(...chosen.map((person) => h('iframe', {
  class: 'window', title: `Window of ${person.display_name}`, src: `/?window=${person.name}#/${person.id}/${room(person)}`, data: { testid: 'window', user: person.name },
})));
