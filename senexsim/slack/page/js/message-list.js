/** A scrolling list of messages that redraws only what changed and stays where the reader is. */

import { dayKey, dayLabel } from './dates.js';
import { h, icon } from './dom.js';
import { messageNode } from './messages.js';

const GROUP_SECONDS = 300;
const AT_END_PX = 60;

export class MessageList {
  /** `label` is the accessible name; `view` is passed to each message (messages.js). */
  constructor(label, view) {
    this.view = view;
    this.drawn = new Map();
    this.problems = new Map();
    this.intro = h('div', { class: 'list-intro' });
    this.items = h('div', { class: 'list-items' });
    this.jump = h('button', { type: 'button', class: 'list-jump', hidden: true, on: { click: () => this.toEnd() } }, icon('down'), 'New messages');
    this.scroller = h('div', { class: 'list-scroll', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': label, tabindex: '0', data: { testid: 'messages' } },
      h('div', { class: 'list-push' }), this.intro, this.items);
    this.root = h('div', { class: 'list' }, this.scroller, this.jump);
    this.scroller.addEventListener('scroll', () => { if (this.atEnd()) this.jump.hidden = true; }, { passive: true });
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < AT_END_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }

  /** Forget the drawn nodes: another channel or person is shown next. */
  clear() {
    this.drawn.clear();
    this.problems.clear();
    this.items.replaceChildren();
    this.jump.hidden = true;
  }

  /** Draw messages (oldest first) with `replies`: Map parent ts → replies, or null inside a thread. */
  draw(messages, replies) {
    const first = !this.drawn.size;
    const stay = first || this.atEnd();
    const before = this.drawn.size;
    const focus = this.focused();
    this.place(this.wanted(messages, replies));
    this.restore(focus);
    if (stay) this.toEnd();
    else if (this.drawn.size > before) this.jump.hidden = false;
  }

  /** [{key, stamp, make}] in order: day dividers and messages. */
  wanted(messages, replies) {
    const rows = [];
    let previous = null;
    for (const message of messages) {
      const newDay = !previous || dayKey(previous.ts) !== dayKey(message.ts);
      if (newDay) rows.push({ key: `day ${dayKey(message.ts)}`, stamp: dayLabel(message.ts), make: () => divider(dayLabel(message.ts)) });
      const answers = replies?.get(message.ts) ?? [];
      const grouped = !newDay && goesWith(previous, message);
      const stamp = `${message.seq} ${grouped} ${answers.length} ${answers.at(-1)?.ts} ${message.reply_count ?? ''}`;
      rows.push({ key: message.ts, stamp, make: () => messageNode(message, { ...this.view, log: this.view.log(), grouped, replies: answers }) });
      previous = message;
    }
    return rows;
  }

  place(rows) {
    const keep = new Set(rows.map((row) => row.key));
    for (const [key, drawn] of this.drawn) {
      if (keep.has(key)) continue;
      drawn.node.remove();
      this.drawn.delete(key);
    }
    let after = null;
    for (const row of rows) {
      const old = this.drawn.get(row.key);
      let node = old?.node;
      if (old?.stamp !== row.stamp) {
        node = row.make();
        old?.node.replaceWith(node);
        this.drawn.set(row.key, { node, stamp: row.stamp });
        this.showProblem(row.key);
      }
      const next = after ? after.nextSibling : this.items.firstChild;
      if (node !== next) this.items.insertBefore(node, next);
      after = node;
    }
  }

  /** Show an error under a message; empty words take it away. */
  problem(ts, words) {
    this.problems.set(ts, words);
    const place = this.showProblem(ts);
    if (words) place?.scrollIntoView({ block: 'nearest' });
  }

  showProblem(ts) {
    const place = this.drawn.get(ts)?.node.querySelector('.message-problem');
    if (place) place.textContent = this.problems.get(ts) ?? '';
    return place;
  }

  focused() {
    const active = document.activeElement;
    const holder = active?.closest?.('[data-ts]');
    if (!holder || !this.items.contains(active) || !active.dataset.actionId) return null;
    return { ts: holder.dataset.ts, action: active.dataset.actionId, node: active };
  }

  /** An edit replaced the message under the keyboard: the same control gets the focus back. */
  restore(focus) {
    if (!focus || focus.node.isConnected) return;
    const controls = this.drawn.get(focus.ts)?.node.querySelectorAll('[data-action-id]') ?? [];
    [...controls].find((control) => control.dataset.actionId === focus.action)?.focus({ preventScroll: true });
  }
}

function goesWith(previous, message) {
  return previous.user === message.user && !previous.ephemeral && !message.ephemeral && !previous.blocks?.length && !message.blocks?.length
    && Number(message.ts) - Number(previous.ts) < GROUP_SECONDS;
}

function divider(label) {
  return h('div', { class: 'day', role: 'separator', 'aria-label': label }, h('span', {}, label));
}
