/** The dock beside the conversation: the tour, the market's controls and the wire, one tab at a time. */

import { h, iconButton, replace } from './dom.js';

/** Two windows in one share this storage: each keeps its own. */
const REMEMBERED = `workspace-dock${new URLSearchParams(window.location.search).get('window') ?? ''}`;

export class Dock {
  /** `tabs`: {key, title, panel} with panel {root, open(), close()}. `moved()` after another one, or none, is open. */
  constructor(tabs, moved) {
    this.tabs = tabs;
    this.moved = moved;
    this.at = null;
    this.list = h('div', { class: 'tabs dock-tabs', role: 'tablist', 'aria-label': 'Tools' });
    this.body = h('div', { class: 'dock-body', role: 'tabpanel', id: 'dock-panel', tabindex: '-1' });
    this.wide = iconButton('wide', 'Wider', () => this.widen(), { 'aria-pressed': 'false', class: 'dock-wide' });
    this.root = h('aside', { class: 'dock', hidden: true, 'aria-label': 'Tools', data: { testid: 'dock' } },
      h('header', { class: 'room-head dock-head' }, h('h2', { class: 'room-title' }, 'Behind the desk'), h('span', { class: 'room-about' }), this.wide,
        iconButton('close', 'Close tools', () => this.show(null), { data: { testid: 'dock-close' } })),
      this.list, this.body);
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      this.show(null);
    });
    this.list.addEventListener('keydown', (event) => this.step(event));
  }

  /** What was open before the page was loaded anew. */
  restore() {
    const before = sessionStorage.getItem(REMEMBERED);
    if (this.tabs.some((tab) => tab.key === before)) this.show(before, { focus: false });
  }

  toggle(key) {
    this.show(this.at === key ? null : key);
  }

  show(key, { focus = true } = {}) {
    const before = this.tabs.find((tab) => tab.key === this.at);
    const next = this.tabs.find((tab) => tab.key === key) ?? null;
    before?.panel.close();
    this.at = next?.key ?? null;
    this.root.hidden = !next;
    sessionStorage.setItem(REMEMBERED, this.at ?? '');
    this.drawTabs();
    this.moved();
    if (!next) {
      if (before && focus) document.querySelector(`[data-dock="${before.key}"]`)?.focus({ preventScroll: true });
      return;
    }
    replace(this.body, next.panel.root);
    this.body.setAttribute('aria-labelledby', `dock-tab-${next.key}`);
    next.panel.open();
    if (focus) this.list.querySelector('[aria-selected="true"]')?.focus({ preventScroll: true });
  }

  drawTabs() {
    replace(this.list, this.tabs.map((tab) => h('button', {
      type: 'button', class: 'tab', role: 'tab', id: `dock-tab-${tab.key}`, 'aria-selected': String(tab.key === this.at), 'aria-controls': 'dock-panel',
      tabindex: tab.key === this.at ? '0' : '-1', data: { testid: 'dock-tab', tab: tab.key }, on: { click: () => this.show(tab.key) },
    }, tab.title)));
  }

  /** Arrows go from tab to tab, as in any list of tabs. */
  step(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const at = this.tabs.findIndex((tab) => tab.key === this.at);
    this.show(this.tabs[(at + move + this.tabs.length) % this.tabs.length].key);
  }

  widen() {
    const wide = this.root.classList.toggle('is-wide');
    this.wide.setAttribute('aria-pressed', String(wide));
  }
}
