/** Completion in the composer: slash commands at the start, `@people` and `#channels` anywhere. */

import { h, replace } from './dom.js';
import { closePopup, openPopup, placePopup, popupIs } from './popup.js';

const MOST = 8;

export class Completion {
  /** `sources`: commands() → [{command, description, usage_hint}], people() and rooms() → [{name, detail}]. */
  constructor(field, sources) {
    this.field = field;
    this.sources = sources;
    this.rows = [];
    this.active = 0;
    this.list = h('div', { class: 'listbox completion', role: 'listbox', id: `${field.dataset.testid}-completion`, 'aria-label': 'Suggestions', data: { testid: 'completion' } });
    this.list.addEventListener('pointerdown', (event) => event.preventDefault());
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', this.list.id);
    field.addEventListener('blur', () => this.close());
  }

  get open() {
    return popupIs(this.list);
  }

  close() {
    if (this.open) closePopup();
  }

  /** What is being typed at the caret: {from, items: [{insert, label, detail}]}, or null. */
  found() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const command = /^\/\S*$/.exec(before);
    if (command) return this.entries(0, command[0], this.sources.commands().map((one) => ({ insert: one.command, label: one.command, usage: one.usage_hint, detail: one.description })));
    const name = /(^|[\s(])([@#])([\w.-]*)$/.exec(before);
    if (!name) return null;
    const pool = name[2] === '@' ? this.sources.people() : this.sources.rooms();
    const from = before.length - name[3].length - 1;
    return this.entries(from, name[2] + name[3], pool.map((one) => ({ insert: name[2] + one.name, label: name[2] + one.name, detail: one.detail })));
  }

  entries(from, typed, pool) {
    const wanted = typed.toLowerCase();
    const starts = pool.filter((one) => one.insert.toLowerCase().startsWith(wanted));
    const holds = pool.filter((one) => !starts.includes(one) && wanted.length > 1 && one.insert.toLowerCase().includes(wanted.slice(1)));
    return { from, typed, items: [...starts, ...holds].slice(0, MOST) };
  }

  update() {
    const found = this.found();
    if (!found?.items.length) {
      this.close();
      return;
    }
    this.match = found;
    this.active = 0;
    this.rows = found.items.map((item, at) => this.row(item, at));
    replace(this.list, this.rows);
    if (!this.open) openPopup(this.list, this.field.parentElement, { prefer: 'above', width: 'anchor', onClose: () => this.field.removeAttribute('aria-activedescendant') });
    else placePopup();
    this.mark(0);
  }

  row(item, at) {
    return h('div', { class: 'list-item', role: 'option', id: `${this.list.id}-${at}`, data: { testid: 'completion-item', value: item.insert }, on: { click: () => this.take(at) } },
      h('span', { class: 'completion-head' }, h('strong', {}, item.label), item.usage ? h('span', { class: 'completion-usage' }, item.usage) : null),
      item.detail ? h('span', { class: 'menu-detail' }, item.detail) : null);
  }

  mark(at) {
    this.rows.forEach((row, index) => {
      row.classList.toggle('is-active', index === at);
      row.setAttribute('aria-selected', String(index === at));
    });
    this.active = at;
    this.field.setAttribute('aria-activedescendant', this.rows[at].id);
    this.rows[at].scrollIntoView({ block: 'nearest' });
  }

  take(at) {
    const { from, typed, items } = this.match;
    this.field.setRangeText(`${items[at].insert} `, from, from + typed.length, 'end');
    this.close();
    this.field.focus();
    this.field.dispatchEvent(new Event('input'));
  }

  /** Returns true when the key was meant for the list. A word typed out in full is sent by Enter, not completed. */
  key(event) {
    if (!this.open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const whole = this.match.items.some((item) => item.insert === this.match.typed);
    if (step) this.mark((this.active + step + this.rows.length) % this.rows.length);
    else if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey && !(whole && this.active === 0))) this.take(this.active);
    else return false;
    event.preventDefault();
    return true;
  }
}
