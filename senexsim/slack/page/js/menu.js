/** A menu of actions under a button: overflow elements, shortcuts, the person picker. Arrow keys move. */

import { h } from './dom.js';
import { closePopup, openPopup } from './popup.js';

/** `items`: [{label, detail?, lead? (node), checked?, data?, run()}]. */
export function openMenu(anchor, label, items, options = {}) {
  const rows = items.map((item) => row(item));
  const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': label, data: { testid: options.testid ?? 'menu' } }, rows);
  menu.addEventListener('keydown', (event) => move(event, rows));
  anchor.setAttribute('aria-expanded', 'true');
  openPopup(menu, anchor, { ...options, onClose: () => anchor.setAttribute('aria-expanded', 'false') });
  (rows.find((node) => node.getAttribute('aria-checked') === 'true') ?? rows[0])?.focus();
}

function row(item) {
  const button = h('button', {
    type: 'button', class: 'menu-item', role: item.checked === undefined ? 'menuitem' : 'menuitemradio', tabindex: '-1',
    'aria-checked': item.checked === undefined ? null : String(item.checked), data: item.data ?? {},
  }, item.lead, h('span', { class: 'menu-words' },
    h('span', { class: 'menu-label' }, item.label),
    item.detail ? h('span', { class: 'menu-detail' }, item.detail) : null));
  button.addEventListener('click', () => {
    closePopup();
    item.run();
  });
  return button;
}

function move(event, rows) {
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (event.key === 'Tab') closePopup();
  if (to === undefined) return;
  event.preventDefault();
  rows[(to + rows.length) % rows.length]?.focus();
}
