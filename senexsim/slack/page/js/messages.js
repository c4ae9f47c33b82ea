/** One message as a DOM node: author, words or blocks, marks, thread line. */

import { avatar } from './avatar.js';
import { renderBlocks } from './blocks.js';
import { clock, dateOf, fullTime, shortClock } from './dates.js';
import * as directory from './directory.js';
import { append, h, icon, iconButton } from './dom.js';
import { emojiFor } from './emoji.js';
import { clickFailure } from './failures.js';
import { askOptions, sendClick, tellEntries } from './interact.js';
import { isEdited } from './log.js';
import { openMenu } from './menu.js';
import { mrkdwn } from './mrkdwn.js';
import { picture } from './picture.js';

/**
 * `view`: {session, log, grouped, replies ([] or null for none shown), problem(ts, words),
 * openThread(ts), dismiss(ts), runShortcut(shortcut, message)}.
 */
export function messageNode(message, view) {
  const { session } = view;
  const bot = message.user !== directory.SLACKBOT && session.isBot(message.user);
  const node = h('article', {
    class: classes(message, view.grouped), 'aria-label': `${directory.userName(message.user)}, ${clock(message.ts)}`,
    data: { testid: 'message', ts: message.ts, user: message.user, seq: message.seq, ephemeral: message.ephemeral ? 'true' : null },
  });
  append(node, [
    message.ephemeral ? onlyYou(message, view) : null,
    h('div', { class: 'message-row' },
      h('div', { class: 'message-gutter' }, view.grouped
        ? h('time', { class: 'message-short-time', datetime: dateOf(message.ts).toISOString(), 'aria-hidden': 'true' }, shortClock(message.ts))
        : avatar(message.user)),
      h('div', { class: 'message-main' }, view.grouped ? null : byline(message, bot), body(message, view), reactions(message),
        h('div', { class: 'message-problem', role: 'alert', data: { testid: 'message-problem' } }), threadLine(message, view))),
    tools(message, view),
  ]);
  return node;
}

function classes(message, grouped) {
  return ['message', grouped && 'message-grouped', message.ephemeral && 'message-ephemeral', message.local && 'message-local'].filter(Boolean).join(' ');
}

function onlyYou(message, view) {
  return h('div', { class: 'message-only' }, icon('eye'), h('span', {}, 'Only visible to you'),
    message.local ? h('button', { type: 'button', class: 'text-button', on: { click: () => view.dismiss(message.ts) } }, 'Dismiss') : null);
}

function byline(message, bot) {
  return h('header', { class: 'message-byline' },
    h('strong', { class: 'message-author' }, directory.userName(message.user)),
    bot ? h('span', { class: 'app-badge' }, 'APP') : null,
    h('time', { class: 'message-time', datetime: dateOf(message.ts).toISOString(), title: fullTime(message.ts) }, clock(message.ts)));
}

const editedMark = () => h('span', { class: 'message-edited', data: { testid: 'edited' } }, '(edited)');

function body(message, view) {
  const inner = h('div', { class: 'message-body' });
  const ctx = surface(message, view);
  if (message.blocks?.length) append(inner, [h('div', { class: 'blocks' }, renderBlocks(message.blocks, ctx))]);
  else if (message.text) append(inner, [h('div', { class: 'message-text' }, mrkdwn(message.text))]);
  for (const file of message.files ?? []) append(inner, [shared(file)]);
  for (const attachment of message.attachments ?? []) append(inner, [attached(attachment, ctx)]);
  if (isEdited(message)) {
    append(lastWords(inner) ?? inner, [' ', editedMark()]);
  }
  return inner;
}

/** Where the mark of an edit stands in line: the message's last words, when nothing comes after them. */
function lastWords(inner) {
  const last = inner.lastElementChild;
  if (last?.matches('.message-text')) return last;
  return last?.lastElementChild?.querySelector(':scope > .section-words > .section-text:last-child') ?? null;
}

/** A shared file: pictures are shown, the rest is named. */
function shared(file) {
  const address = `/_sim/files/${encodeURIComponent(file.id)}`;
  const words = file.title || file.name || file.id;
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.mimetype ?? '')) return h('div', { class: 'unknown-block' }, words);
  return h('figure', { class: 'block-image' }, h('figcaption', {}, words), picture({ image_url: address, alt_text: file.alt_txt || words }, 'block-picture'));
}

function attached(attachment, ctx) {
  const node = h('div', { class: 'attachment' }, attachment.blocks?.length
    ? renderBlocks(attachment.blocks, ctx)
    : [attachment.pretext && h('div', {}, mrkdwn(attachment.pretext)), attachment.title && h('strong', {}, attachment.title),
      h('div', {}, mrkdwn(attachment.text ?? attachment.fallback ?? ''))]);
  if (/^#?[0-9a-f]{6}$/i.test(attachment.color ?? '')) node.style.borderInlineStartColor = `#${attachment.color.replace('#', '')}`;
  return node;
}

/** What a message's elements do. */
function surface(message, view) {
  const { session, log } = view;
  const place = { user: session.me, channel: session.place.channel, ts: message.ts };
  return {
    form: log.form(message.ts),
    act: async (element, block, value, control) => {
      view.problem(message.ts, '');
      await tellEntries(place, log.form(message.ts));
      const error = await sendClick(place, element, block, value, control);
      if (error) view.problem(message.ts, clickFailure(error));
    },
    suggest: (element, block, typed) => askOptions(place, element, block, typed),
  };
}

function reactions(message) {
  const found = Array.isArray(message.reactions) ? message.reactions : Object.entries(message.reactions ?? {}).map(([name, users]) => ({ name, users, count: users.length }));
  if (!found.length) return null;
  return h('div', { class: 'reactions' }, found.map((one) => h('span', { class: 'reaction', title: `:${one.name}:` },
    emojiFor(one.name) ?? `:${one.name}:`, ' ', String(one.count ?? one.users.length))));
}

function threadLine(message, view) {
  const replies = view.replies ?? [];
  if (!replies.length) return null;
  const last = replies[replies.length - 1];
  const faces = [...new Set(replies.map((reply) => reply.user))].slice(0, 3);
  return h('button', { type: 'button', class: 'thread-line', data: { testid: 'thread-open', ts: message.ts }, on: { click: () => view.openThread(message.ts) } },
    h('span', { class: 'thread-faces' }, faces.map((face) => avatar(face, 's'))),
    h('span', { class: 'thread-count' }, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`),
    h('span', { class: 'thread-last' }, `Last at ${clock(last.ts)}`));
}

/** The small bar on the right: reply in thread, and a menu with the same and the message shortcuts. */
function tools(message, view) {
  if (message.ephemeral || message.local) return null;
  const shortcuts = (view.session.workspace.shortcuts ?? []).filter((one) => one.type === 'message');
  const open = view.inThread ? null : () => view.openThread(message.ts);
  const items = shortcuts.map((one) => ({ label: one.name, detail: one.description, data: { callbackId: one.callback_id }, run: () => view.runShortcut(one, message) }));
  if (open) items.unshift({ label: 'Reply in thread', data: { testid: 'reply-in-menu' }, run: open });
  if (!items.length) return null;
  const more = iconButton('dots', 'More actions for this message', () => openMenu(more, 'Message actions', items),
    { class: 'tool', 'aria-haspopup': 'menu', 'aria-expanded': 'false', data: { testid: 'message-menu' } });
  return h('div', { class: 'message-tools' },
    open ? iconButton('thread', 'Reply in thread', open, { class: 'tool tool-reply', data: { testid: 'reply' } }) : null, more);
}
