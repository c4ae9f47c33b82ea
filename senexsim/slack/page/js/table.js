/** The `table` block. A table wider than the message scrolls inside its own frame, reachable by keyboard. */

import { h } from './dom.js';
import { richText } from './richtext.js';

export function table(block) {
  const [head, ...body] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const cell = (tag) => (content, at) => h(tag, { class: cellClass(settings[at]), scope: tag === 'th' ? 'col' : null }, cellContent(content));
  return h('div', { class: 'table-frame', role: 'region', 'aria-label': 'Table', tabindex: '0' },
    h('table', {},
      head ? h('thead', {}, h('tr', {}, head.map(cell('th')))) : null,
      h('tbody', {}, body.map((row) => h('tr', {}, row.map(cell('td')))))));
}

function cellClass(setting) {
  const align = ['left', 'center', 'right'].includes(setting?.align) ? setting.align : 'left';
  return `cell-${align}${setting?.is_wrapped ? ' cell-wrapped' : ''}`;
}

function cellContent(content) {
  if (content?.type === 'rich_text') return richText(content.elements);
  return h('span', { class: 'verbatim' }, String(content?.text ?? content?.value ?? ''));
}
