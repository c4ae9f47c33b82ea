/** The `rich_text` block to DOM nodes: sections, lists, quotes and preformatted text; all of it literal text. */

import { h } from './dom.js';
import { broadcast, channelMention, dateNode, emojiNode, link, userMention } from './mrkdwn.js';
import { emojiFor } from './emoji.js';

const STYLE_TAGS = { bold: 'strong', italic: 'em', strike: 'del', code: 'code', underline: 'u' };

/** The contents of one rich_text block (or table cell). */
export function richText(elements = []) {
  return elements.map(group);
}

function group(element) {
  const inner = element.elements ?? [];
  switch (element.type) {
    case 'rich_text_section': return h('div', { class: 'rt-section' }, inner.map(leaf));
    case 'rich_text_quote': return h('blockquote', { class: 'md-quote' }, inner.map(leaf));
    case 'rich_text_preformatted': return h('pre', { class: 'md-pre' }, inner.map(leaf));
    case 'rich_text_list': return list(element);
    default: return leaf(element);
  }
}

function list(element) {
  const indent = Math.min(Math.max(Number(element.indent) || 0, 0), 8);
  const items = (element.elements ?? []).map((item) => h('li', {}, (item.elements ?? []).map(leaf)));
  const start = (Number(element.offset) || 0) + 1;
  return h(element.style === 'ordered' ? 'ol' : 'ul', {
    class: `rt-list rt-indent-${indent}`, start: element.style === 'ordered' && start > 1 ? start : null,
  }, items);
}

function leaf(element) {
  return styled(bare(element), element.style);
}

function bare(element) {
  switch (element.type) {
    case 'text': return lines(element.text ?? '');
    case 'link': return link(element.url ?? '', element.text || element.url || '');
    case 'emoji': return emoji(element);
    case 'user': return userMention(element.user_id ?? '');
    case 'channel': return channelMention(element.channel_id ?? '');
    case 'usergroup': return h('span', { class: 'mention' }, `@${element.usergroup_id ?? 'group'}`);
    case 'broadcast': return broadcast(element.range ?? 'here');
    case 'date': return dateNode(String(element.timestamp ?? ''), element.format ?? '', element.fallback ?? '', element.url);
    case 'color': return h('code', { class: 'md-code' }, element.value ?? '');
    default: return lines(element.text ?? '');
  }
}

const lines = (text) => h('span', { class: 'verbatim' }, text);

function emoji(element) {
  const known = emojiFor(element.name);
  return known ? emojiNode(element.name, known) : h('span', {}, `:${element.name}:`);
}

function styled(node, style) {
  let result = node;
  for (const [key, tag] of Object.entries(STYLE_TAGS)) {
    if (style?.[key]) result = h(tag, tag === 'code' ? { class: 'md-code' } : {}, result);
  }
  return result;
}
