/** The box one types in: messages and slash commands, with completion of commands, people and channels. */

import { Completion } from './completion.js';
import { h, iconButton } from './dom.js';
import { openMenu } from './menu.js';

const TALLEST_PX = 200;
const REMEMBERED = 50;

export class Composer {
  /** `send(text)` posts; `draft` {read(), write(text)}; `sources` for completion; `shortcuts()` the global ones. */
  constructor({ label, send, draft, sources, shortcuts, testid }) {
    Object.assign(this, { send, draft, shortcuts, sources, history: [], at: 0 });
    this.field = h('textarea', {
      class: 'composer-field', rows: 1, 'aria-label': label, placeholder: label, autocomplete: 'off', spellcheck: 'true', enterkeyhint: 'send',
      data: { testid: `${testid}-field` },
    });
    this.sendButton = iconButton('send', 'Send', () => this.submit(), { class: 'composer-send', data: { testid: `${testid}-send` } });
    const bolt = shortcuts ? iconButton('bolt', 'Shortcuts', () => this.openShortcuts(bolt), { class: 'composer-tool', 'aria-haspopup': 'menu', 'aria-expanded': 'false', data: { testid: 'shortcuts' } }) : null;
    this.hint = h('div', { class: 'composer-hint', hidden: true, data: { testid: `${testid}-hint` } });
    this.bolt = bolt;
    this.root = h('div', { class: 'composer' }, this.hint, h('div', { class: 'composer-box', data: { testid } }, bolt, this.field, this.sendButton));
    this.completion = new Completion(this.field, sources);
    this.field.addEventListener('input', () => this.changed());
    this.field.addEventListener('keydown', (event) => this.key(event));
  }

  /** Show the draft of the place one is at. */
  refresh(label) {
    this.field.setAttribute('aria-label', label);
    this.field.placeholder = label;
    this.field.value = this.draft.read();
    if (this.bolt) this.bolt.hidden = !this.shortcuts().length;
    this.changed(false);
  }

  set(text) {
    this.field.value = text;
    this.changed();
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  changed(typing = true) {
    this.draft.write(this.field.value);
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
    this.sendButton.classList.toggle('is-ready', Boolean(this.field.value.trim()));
    const usage = this.usage();
    this.hint.hidden = !usage;
    this.hint.textContent = usage;
    if (typing) this.completion.update();
  }

  /** How the typed command goes on, from its manifest. */
  usage() {
    const match = /^(\/\S+)\s/.exec(this.field.value);
    const known = match && this.sources.commands().find((one) => one.command === match[1]);
    return known?.usage_hint ? `${known.command} ${known.usage_hint}` : '';
  }

  key(event) {
    if (event.isComposing) return;
    if (this.completion.key(event)) {
      this.changed(false);
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'ArrowUp' && (this.field.value === '' || this.at < this.history.length)) this.recall(event, -1);
    else if (event.key === 'ArrowDown' && this.at < this.history.length) this.recall(event, 1);
  }

  /** Up in an empty box brings back what was sent before. */
  recall(event, step) {
    const to = Math.min(Math.max(this.at + step, 0), this.history.length);
    if (to === this.at) return;
    event.preventDefault();
    this.at = to;
    this.field.value = this.history[to] ?? '';
    this.changed(false);
  }

  submit() {
    const text = this.field.value.replace(/\s+$/, '');
    this.completion.close();
    if (!text.trim()) return;
    this.history = [...this.history, text].slice(-REMEMBERED);
    this.at = this.history.length;
    this.field.value = '';
    this.changed(false);
    this.field.focus();
    this.send(text);
  }

  openShortcuts(anchor) {
    openMenu(anchor, 'Shortcuts', this.shortcuts(), { prefer: 'above', testid: 'shortcut-menu' });
  }
}
