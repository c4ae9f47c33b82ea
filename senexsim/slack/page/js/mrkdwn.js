/** Slack's mrkdwn to DOM nodes. Input is Slack's wire text, where `& < >` of people's words arrive as entities. */

import { h } from './dom.js';
import * as directory from './directory.js';
import { dateToken, dateTokenTitle } from './dates.js';
import { emojiFor } from './emoji.js';

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
const DEEPEST = 6;
const LINKABLE = /^(https?:\/\/|mailto:|tel:)/i;
const WRAPS = { '*': 'strong', _: 'em', '~': 'del' };

/** Undo Slack's escaping of the three characters; nothing else is an entity. */
export const decode = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** Render wire text. `verbatim` stops turning bare addresses into links. */
export function mrkdwn(text, { verbatim = false } = {}) {
  const fragment = document.createDocumentFragment();
  const parts = String(text ?? '').split(/```([\s\S]*?)```/);
  parts.forEach((part, index) => {
    if (index % 2) fragment.append(preformatted(part));
    else appendQuotedLines(fragment, trimAround(part, index > 0, index < parts.length - 1), verbatim);
  });
  return fragment;
}

/** A line break next to a preformatted box belongs to the box. */
function trimAround(part, afterPre, beforePre) {
  let text = part;
  if (afterPre) text = text.replace(/^\n/, '');
  if (beforePre) text = text.replace(/\n$/, '');
  return text;
}

function preformatted(text) {
  const node = h('pre', { class: 'md-pre' });
  appendCode(node, text.replace(/^\n/, '').replace(/\n$/, ''));
  return node;
}

/** In code only the angle brackets mean anything. */
function appendCode(node, text) {
  for (const piece of text.split(/(<[^<>\n]+>)/)) {
    if (/^<[^<>\n]+>$/.test(piece)) node.append(token(piece.slice(1, -1)));
    else if (piece) node.append(decode(piece));
  }
}

function appendQuotedLines(parent, text, verbatim) {
  let run = [];
  let quoted = false;
  const flush = () => {
    if (!run.length) return;
    const target = quoted ? h('blockquote', { class: 'md-quote' }) : parent;
    inline(target, run.join('\n'), verbatim, 0);
    if (quoted) parent.append(target);
    run = [];
  };
  for (const line of text === '' ? [] : text.split('\n')) {
    const match = /^(?:&gt;|>)(?!&gt;&gt;)\s?/.exec(line);
    if (Boolean(match) !== quoted) {
      flush();
      quoted = Boolean(match);
    }
    run.push(match ? line.slice(match[0].length) : line);
  }
  flush();
}

const isWord = (char) => char !== undefined && /[\p{L}\p{N}]/u.test(char);

/** Append inline nodes for `text` to `parent`. */
function inline(parent, text, verbatim, depth) {
  let plain = '';
  const flush = () => {
    if (plain) parent.append(decode(plain));
    plain = '';
  };
  let at = 0;
  while (at < text.length) {
    const found = matchAt(text, at, verbatim, depth);
    if (found) {
      flush();
      parent.append(found.node);
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
}

function matchAt(text, at, verbatim, depth) {
  const char = text[at];
  if (char === '\n') return { node: h('br'), end: at + 1 };
  if (char === '<') return matchToken(text, at);
  if (char === '`') return matchCode(text, at);
  if (char === ':') return matchEmoji(text, at);
  if (char in WRAPS && depth < DEEPEST) return matchWrap(text, at, verbatim, depth);
  if (char === 'h' && !verbatim && !isWord(text[at - 1])) return matchAddress(text, at);
  return null;
}

function matchToken(text, at) {
  const end = text.indexOf('>', at);
  if (end < 0 || end === at + 1 || text.slice(at + 1, end).includes('\n')) return null;
  return { node: token(text.slice(at + 1, end)), end: end + 1 };
}

function matchCode(text, at) {
  const end = text.indexOf('`', at + 1);
  if (end <= at + 1 || text.slice(at, end).includes('\n')) return null;
  const node = h('code', { class: 'md-code' });
  appendCode(node, text.slice(at + 1, end));
  return { node, end: end + 1 };
}

function matchEmoji(text, at) {
  const match = /^:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/.exec(text.slice(at, at + 60));
  const emoji = match && emojiFor(match[1]);
  return emoji ? { node: emojiNode(match[1], emoji), end: at + match[0].length } : null;
}

export function emojiNode(name, emoji) {
  return h('span', { class: 'emoji', role: 'img', 'aria-label': name.replaceAll('_', ' '), title: `:${name}:` }, emoji);
}

function matchAddress(text, at) {
  const match = /^https?:\/\/[^\s<>|]+/.exec(text.slice(at, at + 2000));
  if (!match) return null;
  const address = match[0].replace(/[.,;:!?)'"*_~`]+$/, '');
  return { node: link(decode(address), decode(address)), end: at + address.length };
}

/** `*bold*`, `_italic_`, `~strike~`: the marks stand at word borders and on one line, as Slack wants it. */
function matchWrap(text, at, verbatim, depth) {
  const mark = text[at];
  const next = text[at + 1];
  if (isWord(text[at - 1]) || next === undefined || next === mark || /\s/.test(next)) return null;
  const end = closing(text, at + 1, mark);
  if (end < 0) return null;
  const node = h(WRAPS[mark]);
  inline(node, text.slice(at + 1, end), verbatim, depth + 1);
  return { node, end: end + 1 };
}

function closing(text, from, mark) {
  for (let at = from; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '<') {
      const end = text.indexOf('>', at);
      if (end > 0) at = end;
    } else if (text[at] === mark && at > from && !/\s/.test(text[at - 1]) && !isWord(text[at + 1])) {
      return at;
    }
  }
  return -1;
}

/** What stands between angle brackets. */
export function token(body) {
  const bar = body.indexOf('|');
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? '' : decode(body.slice(bar + 1));
  if (target.startsWith('@')) return userMention(target.slice(1), label);
  if (target.startsWith('#')) return channelMention(target.slice(1), label);
  if (target.startsWith('!')) return special(target.slice(1), label);
  if (!LINKABLE.test(target)) return h('span', {}, decode(`<${body}>`));
  return link(decode(target), label || decode(target).replace(/^mailto:/, ''));
}

export function userMention(id, label = '') {
  const known = directory.user(id);
  return h('span', { class: 'mention', data: { mention: id } }, `@${known ? directory.userName(id) : label || id}`);
}

export function channelMention(id, label = '') {
  const known = directory.channel(id);
  if (!known) return h('span', { class: 'mention' }, `#${label || id}`);
  return h('a', { class: 'mention', href: '#', data: { channelLink: id } }, `#${known.name}`);
}

function special(target, label) {
  const [kind, ...rest] = target.split('^');
  if (kind === 'date') return dateNode(rest[0] ?? '', rest[1] ?? '', label, rest[2]);
  if (kind === 'subteam') return h('span', { class: 'mention' }, label || `@${rest[0] ?? 'group'}`);
  if (['here', 'channel', 'everyone'].includes(kind)) return broadcast(kind);
  return h('span', {}, label || `<!${target}>`);
}

export const broadcast = (range) => h('span', { class: 'mention mention-loud', data: { broadcast: range } }, `@${range}`);

export function dateNode(epoch, pattern, fallback, address) {
  const text = dateToken(epoch, decode(pattern), fallback);
  if (address) return link(decode(address), text);
  return h('time', { class: 'md-date', title: dateTokenTitle(epoch) }, text);
}

/** A link for the web, mail and telephone; any other scheme is shown as words. */
export function link(address, label) {
  if (!LINKABLE.test(address)) return h('span', {}, label);
  return h('a', { class: 'md-link', href: address, target: '_blank', rel: 'noopener noreferrer' }, label);
}
