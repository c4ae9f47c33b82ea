/** The app's modals: the top view of the person's stack, its inputs, errors, submit and close. */

import * as api from './api.js';
import { renderBlocks } from './blocks.js';
import { append, h, hasPointer, iconButton, replace } from './dom.js';
import { clickFailure, submitFailure } from './failures.js';
import { Form } from './form.js';
import { grantStrip } from './grants.js';
import { askOptions, sendClick, tellEntries } from './interact.js';
import { openOverlay } from './overlay.js';
import { closePopup } from './popup.js';
import { plainText } from './text.js';

/** Slack's own checks of a form: their words stand under the fields. */
const SAID_AT_THE_FIELDS = 'invalid_input';

/** Does the window ask for the values of a personal grant? */
const asksForGrant = (view) => view.blocks.some((block) => block.type === 'input' && /secret|token|grant/i.test(plainText(block.label)));

export class Modals {
  constructor(session) {
    this.session = session;
    this.forms = new Map();
    this.views = [];
    this.shut = null;
    this.drawn = null;
    this.turn = 0;
  }

  get top() {
    return this.views[this.views.length - 1] ?? null;
  }

  /** Fetch the stack and show its top. */
  async refresh() {
    const turn = this.turn += 1;
    const user = this.session.me;
    const answer = await api.views(user);
    if (turn !== this.turn || user !== this.session.me) return;
    this.views = answer.views;
    for (const id of this.forms.keys()) if (!this.views.some((view) => view.id === id)) this.forms.delete(id);
    this.draw();
  }

  /** Another person sits down: their own modals, if any, are fetched next. */
  reset() {
    this.turn += 1;
    this.views = [];
    this.forms.clear();
    this.draw();
  }

  form(view) {
    if (!this.forms.has(view.id)) this.forms.set(view.id, new Form());
    return this.forms.get(view.id);
  }

  draw() {
    const view = this.top;
    if (!view) {
      this.shut?.();
      this.shut = this.drawn = null;
      return;
    }
    const stamp = JSON.stringify([view.id, view.hash, view.errors, this.views.length]);
    if (this.drawn === stamp) return;
    const sameView = this.shown === view.id;
    this.drawn = stamp;
    this.shown = view.id;
    if (!this.shut) this.build();
    closePopup();
    this.fill(view, sameView);
  }

  build() {
    this.dialog = h('form', { class: 'dialog modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'modal-title', novalidate: true, data: { testid: 'modal' } });
    this.dialog.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.shut = openOverlay(h('div', { class: 'scrim' }, this.dialog), { onEscape: () => this.close(false) });
  }

  fill(view, sameView) {
    const focus = sameView ? this.focused() : null;
    const scroll = sameView ? this.body?.scrollTop ?? 0 : 0;
    this.body = h('div', { class: 'modal-body', tabindex: '-1' }, renderBlocks(view.blocks, this.surface(view)));
    this.banner = h('div', { class: 'modal-banner', role: 'alert', data: { testid: 'modal-banner' } });
    this.dialog.dataset.viewId = view.id;
    this.dialog.dataset.callbackId = view.callback_id ?? '';
    replace(this.dialog, this.head(view), this.banner, this.body, this.foot(view));
    if (asksForGrant(view)) append(this.dialog, [grantStrip(this.session)]);
    this.body.scrollTop = scroll;
    this.focus(focus);
  }

  /** First the faulty field, then what had the focus before, then what the app asks for, then the first field. */
  focus(focus) {
    const fields = [...this.body.querySelectorAll('input, textarea, select, button')];
    const again = focus && fields.find((field) => field.dataset.actionId === focus.action && field.dataset.blockId === focus.block);
    const target = this.body.querySelector('[aria-invalid="true"], .has-error input, .has-error select') ?? again
      ?? this.body.querySelector('[data-autofocus]') ?? (hasPointer() ? fields.find((field) => field.matches('.field, .choice-input')) : this.body)
      ?? this.submitButton ?? this.closeButton;
    target.focus({ preventScroll: target === again });
    if (again === target && focus.caret !== null && target.setSelectionRange && target.type === 'text') target.setSelectionRange(focus.caret, focus.caret);
  }

  focused() {
    const active = document.activeElement;
    if (!this.body?.contains(active)) return null;
    return { action: active.dataset.actionId, block: active.dataset.blockId, caret: active.type === 'text' ? active.selectionStart : null };
  }

  head(view) {
    const back = this.views.length > 1 ? iconButton('back', 'Back', () => this.close(false), { data: { testid: 'modal-back' } }) : null;
    this.closeButton = iconButton('close', 'Close', () => this.close(true), { data: { testid: 'modal-x' } });
    return h('header', { class: 'modal-head' }, back, h('h2', { class: 'dialog-title', id: 'modal-title' }, plainText(view.title)), this.closeButton);
  }

  foot(view) {
    this.submitButton = view.submit ? h('button', { type: 'submit', class: 'button button-primary', disabled: Boolean(view.submit_disabled), data: { testid: 'modal-submit' } }, plainText(view.submit)) : null;
    const cancel = h('button', { type: 'button', class: 'button', data: { testid: 'modal-close' }, on: { click: () => this.close(false) } }, plainText(view.close) || (view.submit ? 'Cancel' : 'Close'));
    return h('footer', { class: 'dialog-actions modal-foot' }, cancel, this.submitButton);
  }

  surface(view) {
    const place = { user: this.session.me, view_id: view.id };
    return {
      form: this.form(view),
      errors: view.errors ?? {},
      act: async (element, block, value, control) => {
        this.complain('');
        await tellEntries(place, this.form(view));
        const error = await sendClick(place, element, block, value, control);
        if (error) this.complain(clickFailure(error));
      },
      suggest: (element, block, typed) => askOptions(place, element, block, typed),
    };
  }

  complain(words) {
    if (this.banner) this.banner.textContent = words;
  }

  async submit() {
    const view = this.top;
    if (!view?.submit || this.submitButton?.disabled) return;
    const button = this.submitButton;
    this.complain('');
    button.setAttribute('aria-busy', 'true');
    try {
      const answer = await api.submit({ user: this.session.me, view_id: view.id, state: this.form(view).state() });
      if (answer.error && answer.error !== SAID_AT_THE_FIELDS) this.complain(submitFailure(answer.error));
      await this.refresh();
    } catch (error) {
      this.complain(error.message);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }

  /** Cancel or Back closes the top view; the cross closes them all. */
  async close(all) {
    const view = this.top;
    if (!view) return;
    const body = { user: this.session.me, view_id: view.id };
    try {
      await api.close(all ? { ...body, clear: true } : body);
      await this.refresh();
    } catch (error) {
      this.complain(error.message);
    }
  }
}
