/** The confirm dialog of a Block Kit element, and of the page itself. */

import { h } from './dom.js';
import { openOverlay } from './overlay.js';
import { textObject } from './text.js';

/** Show a Block Kit confirmation object; resolves true when the person goes on. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    let close = () => {};
    const finish = (answer) => {
      close();
      resolve(answer);
    };
    const deny = h('button', { type: 'button', class: 'button', data: { testid: 'confirm-deny' }, on: { click: () => finish(false) } },
      confirm.deny?.text || 'Cancel');
    const go = h('button', {
      type: 'button', class: `button button-${confirm.style === 'danger' ? 'danger' : 'primary'}`, data: { testid: 'confirm-ok' },
      on: { click: () => finish(true) },
    }, confirm.confirm?.text || 'Yes');
    close = openOverlay(frame(confirm, deny, go), { onEscape: () => finish(false), focus: deny });
  });
}

function frame(confirm, deny, go) {
  return h('div', { class: 'scrim scrim-centre' },
    h('div', { class: 'dialog confirm', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'confirm-title',
      'aria-describedby': 'confirm-text', data: { testid: 'confirm' } },
    h('h2', { class: 'dialog-title', id: 'confirm-title' }, confirm.title?.text || 'Are you sure?'),
    h('div', { class: 'confirm-text', id: 'confirm-text' }, textObject(confirm.text)),
    h('div', { class: 'dialog-actions' }, deny, go)));
}
