/** A type-ahead list for external selects and for choosing several: a combobox with a listbox in a popup. */

import { h, iconButton, replace } from './dom.js';
import { closePopup, openPopup, placePopup, popupIs } from './popup.js';
import { plainText } from './text.js';

let lists = 0;

/**
 * `config`: element, many, external, hint, naming, hooks, value (string | string[] | null),
 * load(typed) for external ones, change(value, control) => Promise<boolean>.
 */
export function picker(config) {
  return new Picker(config).root;
}

class Picker {
  constructor(config) {
    this.config = config;
    this.known = new Map();
    this.remember([...groupsOf(config.element), ...initialGroups(config.element)]);
    this.value = config.many ? [...(config.value ?? [])] : config.value;
    this.active = -1;
    this.rows = [];
    this.turn = 0;
    this.build();
    this.showValue();
  }

  build() {
    const { config } = this;
    const listId = `list-${lists += 1}`;
    this.list = h('div', { class: 'listbox', role: 'listbox', id: listId, 'aria-label': config.hint, 'aria-multiselectable': config.many ? 'true' : null });
    this.chips = h('span', { class: 'chips' });
    this.input = h('input', {
      type: 'text', class: 'field field-picker', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': listId, 'aria-autocomplete': 'list',
      autocomplete: 'off', spellcheck: 'false', placeholder: config.hint, ...config.naming, data: config.hooks,
    });
    this.root = h('div', { class: 'picker' }, config.many ? this.chips : null, this.input);
    // The window puts the focus on a field that was complained about: its words are read first. A field that wants
    // typing has no list to show yet: what stands below it stays in sight.
    this.input.addEventListener('focus', () => { if (this.input.getAttribute('aria-invalid') !== 'true' && this.least() === 0) this.open(); });
    this.input.addEventListener('click', () => this.open());
    this.input.addEventListener('input', () => this.open(true));
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('blur', () => this.settle());
    this.list.addEventListener('pointerdown', (event) => event.preventDefault());
  }

  remember(groups) {
    for (const group of groups) for (const option of group.options) this.known.set(option.value, option);
  }

  label(value) {
    return this.known.has(value) ? plainText(this.known.get(value).text) : value;
  }

  showValue() {
    const { config } = this;
    if (!config.many) {
      this.input.value = this.value ? this.label(this.value) : '';
      return;
    }
    replace(this.chips, this.value.map((value) => h('span', { class: 'chip' }, h('span', {}, this.label(value)),
      iconButton('close', `Remove ${this.label(value)}`, () => this.toggle(value), { class: 'chip-remove' }))));
  }

  /** How many letters have to be typed before anything is looked for. */
  least() {
    return this.config.external ? this.config.element.min_query_length ?? 3 : 0;
  }

  /** Load and show what fits the typed words. Answers of an older keystroke are dropped. */
  async open(typing = false) {
    const typed = typing || this.config.many ? this.input.value.trim() : '';
    const turn = this.turn += 1;
    const least = this.least();
    if (typed.length < least) return this.show([], `Type ${least === 1 ? 'a letter' : `at least ${least} letters`}`);
    if (!this.config.external) return this.show(filtered(groupsOf(this.config.element), typed), 'Nothing fits');
    if (!popupIs(this.list)) this.show([], 'Looking …');
    try {
      const groups = await this.config.load(typed);
      if (turn !== this.turn) return undefined;
      this.remember(groups);
      return this.show(groups, 'Nothing fits');
    } catch (error) {
      return turn === this.turn ? this.show([], error.message) : undefined;
    }
  }

  show(groups, none) {
    this.rows = [];
    this.active = -1;
    const body = groups.flatMap((group) => [
      group.label ? h('div', { class: 'list-label', role: 'presentation' }, plainText(group.label)) : null,
      ...group.options.map((option) => this.row(option)),
    ]);
    replace(this.list, this.rows.length ? body : h('div', { class: 'list-none' }, none));
    if (!popupIs(this.list) && document.activeElement === this.input) {
      this.input.setAttribute('aria-expanded', 'true');
      openPopup(this.list, this.input, { width: 'anchor', onClose: () => this.input.setAttribute('aria-expanded', 'false') });
    } else {
      placePopup();
    }
  }

  row(option) {
    const chosen = this.config.many ? this.value.includes(option.value) : this.value === option.value;
    const node = h('div', { class: 'list-item', role: 'option', id: `${this.list.id}-${this.rows.length}`, 'aria-selected': String(chosen),
      data: { value: option.value }, on: { click: () => this.toggle(option.value) } },
    h('span', {}, plainText(option.text)), option.description ? h('span', { class: 'menu-detail' }, plainText(option.description)) : null);
    this.rows.push(node);
    return node;
  }

  async toggle(value) {
    const { config } = this;
    const before = this.value;
    const has = config.many && before.includes(value);
    this.value = config.many ? (has ? before.filter((one) => one !== value) : [...before, value]) : value;
    if (config.many) this.input.value = '';
    closePopup();
    this.showValue();
    if (!(await config.change(this.value, this.input))) {
      this.value = before;
      this.showValue();
    }
  }

  /** Leaving the field: an emptied single choice is cleared, other typing is undone. */
  settle() {
    if (!this.config.many && this.value && this.input.value.trim() === '') {
      this.value = null;
      this.config.change(null, this.input);
    }
    this.showValue();
    if (popupIs(this.list)) closePopup();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!popupIs(this.list)) this.open();
      else this.mark((this.active + step + this.rows.length) % Math.max(this.rows.length, 1));
    } else if (event.key === 'Enter' && popupIs(this.list) && this.rows[Math.max(this.active, 0)]) {
      event.preventDefault();
      event.stopPropagation();
      this.toggle(this.rows[Math.max(this.active, 0)].dataset.value);
    } else if (event.key === 'Backspace' && this.config.many && this.input.value === '' && this.value.length) {
      this.toggle(this.value[this.value.length - 1]);
    }
  }

  mark(at) {
    this.rows[this.active]?.classList.remove('is-active');
    this.active = at;
    const row = this.rows[at];
    if (!row) return;
    row.classList.add('is-active');
    row.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', row.id);
  }
}

function groupsOf(element) {
  return element.option_groups ?? [{ label: null, options: element.options ?? [] }];
}

function initialGroups(element) {
  const options = [...(element.initial_options ?? []), element.initial_option].filter(Boolean);
  return [{ label: null, options }];
}

function filtered(groups, typed) {
  const wanted = typed.toLowerCase();
  return groups
    .map((group) => ({ ...group, options: group.options.filter((option) => plainText(option.text).toLowerCase().includes(wanted)) }))
    .filter((group) => group.options.length);
}
