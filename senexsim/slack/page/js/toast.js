/** Short notices at the edge of the page. */

import { h } from './dom.js';

const LASTS_MS = 6000;
let shelf = null;

/** Show a notice; `kind` is "info" or "error". Errors interrupt a screen reader, the rest waits its turn. */
export function toast(words, kind = 'info') {
  if (!shelf) {
    shelf = h('div', { class: 'toasts', popover: 'manual', data: { testid: 'toasts' } });
    document.body.append(shelf);
  }
  const note = h('div', { class: `toast toast-${kind}`, role: kind === 'error' ? 'alert' : 'status', data: { testid: 'toast' } }, words);
  shelf.append(note);
  if (shelf.matches(':popover-open')) shelf.hidePopover();
  shelf.showPopover();
  setTimeout(() => {
    note.remove();
    if (!shelf.children.length) shelf.hidePopover();
  }, LASTS_MS);
}
