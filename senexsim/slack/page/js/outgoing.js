/** What a person types, on its way out: a slash command, or a message in Slack's wire text. */

import * as api from './api.js';
import * as directory from './directory.js';
import { commandFailure, messageFailure } from './failures.js';

/** Send the typed text from a place. Resolves to words for the person when it failed, else null. */
export async function sendTyped({ user, channel, threadTs }, text) {
  const command = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(text);
  try {
    if (!command) {
      const body = { user, channel, text: wireText(text) };
      const answer = await api.message(threadTs ? { ...body, thread_ts: threadTs } : body);
      return answer.error ? messageFailure(answer.error) : null;
    }
    if (threadTs) return `\`${command[1]}\` is not supported in threads. Sorry!`;
    const answer = await api.command({ user, channel, command: command[1], text: command[2] ?? '' });
    return answer.error ? commandFailure(command[1], answer.error) : null;
  } catch (error) {
    return command ? commandFailure(command[1], error.message) : messageFailure(error.message);
  }
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escape as Slack's client does, so that typed markup stays words; then names become mentions. */
export function wireText(text) {
  return text.replace(/[&<>]/g, (char) => ESCAPES[char])
    .replace(/(^|[\s(])@([\w.-]+)/g, (whole, before, name) => mention(whole, before, people(name)))
    .replace(/(^|[\s(])#([\w.-]+)/g, (whole, before, name) => mention(whole, before, rooms(name)));
}

const mention = (whole, before, found) => (found ? `${before}${found}` : whole);

function people(name) {
  const found = directory.users().find((one) => one.name === name);
  return found && `<@${found.id}>`;
}

function rooms(name) {
  const found = directory.channels().find((one) => one.name === name && !one.is_im);
  return found && `<#${found.id}|${found.name}>`;
}
