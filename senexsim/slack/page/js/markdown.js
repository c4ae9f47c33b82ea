/** The `markdown` block: headings, lists, quotes, fences and the usual inline marks of standard Markdown. */

import { h } from './dom.js';
import { link } from './mrkdwn.js';

export function markdown(text) {
  return String(text).split(/```[^\n]*\n([\s\S]*?)```/).flatMap((part, index) => (index % 2
    ? [h('pre', { class: 'md-pre' }, part.replace(/\n$/, ''))]
    : part.split(/\n{2,}/).filter((para) => para.trim()).flatMap(paragraph)));
}

function paragraph(text) {
  const lines = text.trim().split('\n');
  const items = lines.map((line) => /^\s*(?:[-*+]|\d+\.)\s+(.*)$/.exec(line));
  if (items.every(Boolean)) return [h(/^\s*\d/.test(lines[0]) ? 'ol' : 'ul', { class: 'rt-list' }, items.map((item) => h('li', {}, inline(item[1]))))];
  if (lines.every((line) => line.startsWith('>'))) return [h('blockquote', { class: 'md-quote' }, lines.map((line) => [inline(line.replace(/^>\s?/, '')), h('br')]))];
  return lines.map((line) => {
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) return h('h3', {}, inline(heading[1]));
    return /^(-{3,}|\*{3,})$/.test(line) ? h('hr') : h('div', {}, inline(line));
  });
}

const MARK = /(`[^`]+`|\*\*[^*]+\*\*|__[^_]+__|~~[^~]+~~|\*[^*\s][^*]*\*|_[^_\s][^_]*_|\[[^\]]+\]\([^)\s]+\))/;

function inline(text) {
  return text.split(MARK).filter(Boolean).map((piece) => {
    if (!MARK.test(piece)) return piece;
    if (piece.startsWith('`')) return h('code', { class: 'md-code' }, piece.slice(1, -1));
    if (piece.startsWith('**') || piece.startsWith('__')) return h('strong', {}, piece.slice(2, -2));
    if (piece.startsWith('~~')) return h('del', {}, piece.slice(2, -2));
    const address = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(piece);
    return address ? link(address[2], address[1]) : h('em', {}, piece.slice(1, -1));
  });
}
