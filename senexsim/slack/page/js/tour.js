/** A guided tour: steps that do the real thing and say what to look at. It can be left and gone on with. */

import * as acts from './tour-acts.js';
import * as api from './api.js';
import * as directory from './directory.js';
import { h, replace } from './dom.js';

const REMEMBERED = 'workspace-tour';

export class Tour {
  /** `visit(user)` sits down as that person, in their messages with the app. */
  constructor(session, { visit }) {
    Object.assign(this, { session, visit, done: Number(localStorage.getItem(REMEMBERED) ?? 0), busy: false, problem: '' });
    this.root = h('div', { class: 'tour', data: { testid: 'tour' } });
  }

  get tour() {
    return this.session.workspace.tour;
  }

  open() {
    this.draw();
  }

  close() {}

  draw() {
    const { steps, title, about } = this.tour;
    const over = this.done >= steps.length;
    const focused = this.root.contains(document.activeElement);
    replace(this.root, h('h3', { class: 'dock-title' }, title), h('p', { class: 'dock-muted' }, about),
      h('ol', { class: 'tour-steps' }, steps.map((step, at) => this.step(step, at))),
      over ? h('p', { class: 'tour-over', role: 'status', data: { testid: 'tour-over' } }, 'That was the first day. Everything is yours now.') : null,
      this.done ? h('button', { type: 'button', class: 'button', on: { click: () => this.goTo(0) } }, 'Begin again') : null);
    if (focused || this.wanted) this.root.querySelector('[data-testid="tour-do"], button')?.focus({ preventScroll: true });
    this.wanted = false;
  }

  step(step, at) {
    const state = at < this.done ? 'done' : at === this.done ? 'now' : 'later';
    const name = directory.users().find((one) => one.name === step.as)?.display_name ?? step.as;
    return h('li', { class: `tour-step is-${state}`, 'aria-current': state === 'now' ? 'step' : null, data: { testid: 'tour-step', state } },
      h('h4', {}, h('span', { class: 'tour-number' }, state === 'done' ? '✓' : String(at + 1)), step.title, h('span', { class: 'chip' }, name)),
      state === 'later' ? null : h('p', {}, step.look),
      state !== 'now' ? null : h('div', { class: 'market-steps' },
        h('button', { type: 'button', class: 'button button-primary', 'aria-busy': this.busy ? 'true' : null, disabled: this.busy, data: { testid: 'tour-do' }, on: { click: () => this.run(step) } }, this.busy ? 'Doing it' : 'Do it'),
        h('button', { type: 'button', class: 'button', disabled: this.busy, on: { click: () => this.goTo(at + 1) } }, 'Skip')),
      state === 'now' && this.problem ? h('p', { class: 'dock-error', role: 'alert' }, this.problem) : null);
  }

  goTo(at) {
    this.done = at;
    this.problem = '';
    this.wanted = true;
    localStorage.setItem(REMEMBERED, String(at));
    this.draw();
  }

  async run(step) {
    this.busy = true;
    this.problem = '';
    this.draw();
    try {
      this.visit(directory.users().find((one) => one.name === step.as)?.id);
      await acts.play(step, this.session);
      this.busy = false;
      this.goTo(this.done + 1);
    } catch (error) {
      if (!(error instanceof api.ControlError) && !(error instanceof acts.StuckError)) throw error;
      this.problem = error.message;
      this.busy = false;
      this.wanted = true;
      this.draw();
    }
  }
}
