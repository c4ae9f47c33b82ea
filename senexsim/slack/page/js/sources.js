/** What the composers complete from: commands of the app, people, channels. */

import * as directory from './directory.js';

export function sources(session) {
  return {
    commands: () => session.workspace.commands ?? [],
    people: () => directory.users().map((one) => ({ name: one.name, detail: directory.userName(one.id) })),
    rooms: () => session.rooms().map((one) => ({ name: one.name, detail: one.is_private ? 'Private channel' : 'Channel' })),
  };
}
