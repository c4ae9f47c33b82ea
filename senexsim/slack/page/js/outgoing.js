/** What a person types, on its way out: a slash command, or a message. */

import * as api from './api.js';
import * as directory from './directory.js';
import { commandFailure, messageFailure } from './failures.js';

/** For a command nobody has, the workspace's own Slackbot answers. */
const TOLD_BY_SLACKBOT = 'dispatch_unknown_command';

/** Send the typed text from a place. Resolves to words for the person when it failed, else null. */
export async function sendTyped({ user, channel, threadTs }, text) {
  const command = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(text);
  try {
    if (!command) {
      const body = { user, channel, text: picked(text) };
      const answer = await api.message(threadTs ? { ...body, thread_ts: threadTs } : body);
      return answer.error ? messageFailure(answer.error) : null;
    }
    if (threadTs) return `\`${command[1]}\` is not supported in threads. Sorry!`;
    const answer = await api.command({ user, channel, command: command[1], text: command[2] ?? '' });
    return answer.error && answer.error !== TOLD_BY_SLACKBOT ? commandFailure(command[1], answer.error) : null;
  } catch (error) {
    return command ? commandFailure(command[1], error.message) : messageFailure(error.message);
  }
}

/** Channels picked by name become tokens; people's names and the escaping of `& < >` are the workspace's work. */
export function picked(text) {
  return text.replace(/(^|[\s(])#([\w.-]+)/g, (whole, before, name) => {
    const found = directory.channels().find((one) => one.name === name && !one.is_im);
    return found ? `${before}<#${found.id}|${found.name}>` : whole;
  });
}
