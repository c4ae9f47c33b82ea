/** The wire: what went over each protocol, in order, one sequence diagram for each thing that somebody did. */

import * as api from './api.js';
import { h, replace } from './dom.js';
import { CHATTER, interactions } from './interactions.js';
import { Poll } from './poll.js';
import { steps, draw } from './sequence.js';

const EVERY_MS = 900;
const MOST_EVENTS = 1500;
const MOST_LISTED = 40;

/** Events of both simulators by their number, newest state of each. */
class Side {
  constructor(path) {
    Object.assign(this, { path, seq: 0, events: new Map() });
  }

  async pull() {
    const answer = await api.wire(this.path, this.seq);
    if (answer.seq < this.seq) this.events.clear(); // it began anew
    this.seq = answer.seq;
    for (const event of answer.events) this.events.set(event.seq, event);
    for (const seq of this.events.keys()) {
      if (this.events.size <= MOST_EVENTS) break;
      this.events.delete(seq);
    }
    return answer.events.length > 0;
  }
}

export class Wire {
  constructor(session) {
    this.session = session;
    this.sides = [new Side('')];
    this.chosen = null; // null: the newest
    this.all = false;
    this.chatter = h('button', { type: 'button', class: 'button wire-chatter', 'aria-pressed': 'false', on: { click: () => this.withChatter() } }, 'Prices, heartbeats and housekeeping too');
    this.list = h('ul', { class: 'wire-list', 'aria-label': 'Interactions, the newest first' });
    this.picture = h('div', { class: 'wire-picture', data: { testid: 'wire-picture' } });
    this.detail = h('div', { class: 'wire-detail', hidden: true, 'aria-live': 'polite', data: { testid: 'wire-detail' } });
    this.root = h('div', { class: 'wire', data: { testid: 'wire' } },
      this.chatter, this.list, this.picture, this.detail);
    this.width = 0;
    this.sized = new ResizeObserver(() => { if (this.width !== this.root.clientWidth) this.draw(); });
    this.poll = new Poll(() => this.refresh(), EVERY_MS, (error) => { replace(this.picture, h('p', { class: 'dock-error', role: 'status' }, error.message)); });
  }

  open() {
    if (this.session.workspace.has_broker && this.sides.length === 1) this.sides.push(new Side('broker/'));
    this.poll.start();
    this.sized.observe(this.root);
  }

  close() {
    this.poll.stop();
    this.sized.disconnect();
  }

  withChatter() {
    this.all = !this.all;
    this.chatter.setAttribute('aria-pressed', String(this.all));
    this.draw();
  }

  async refresh() {
    const news = await Promise.all(this.sides.map((side) => side.pull()));
    if (news.some(Boolean) || !this.picture.firstChild) this.draw();
  }

  /** All messages in the order of the wire. */
  events() {
    const all = this.sides.flatMap((side) => [...side.events.values()]);
    return all.filter((event) => this.all || !CHATTER.has(event.title)).sort((one, other) => one.at - other.at);
  }

  draw() {
    const all = interactions(this.events(), { all: this.all });
    if (!all.length) {
      replace(this.picture, h('p', { class: 'dock-empty' }, 'Nothing went over the wire yet. Type a command.'));
      return;
    }
    const at = all.find((one) => key(one) === this.chosen) ?? all[all.length - 1];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    replace(this.list, all.slice(-MOST_LISTED).reverse().map((one) => h('li', {}, h('button', {
      type: 'button', class: `wire-one${one === at ? ' is-here' : ''}`, 'aria-current': one === at ? 'true' : null, data: { key: key(one), testid: 'wire-one' },
      on: { click: () => { this.chosen = one === all[all.length - 1] ? null : key(one); this.detail.hidden = true; this.draw(); } },
    }, h('span', { class: 'wire-what' }, title(one)), h('span', { class: 'dock-muted' }, `${clock(one.begin.at)} · ${messages(one.events.length)}`)))));
    if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const names = { person: who(at), slack: 'Slack', app: this.session.workspace.app.display_name, broker: 'Broker' };
    this.width = this.root.clientWidth;
    replace(this.picture, draw(steps(at.events), names, this.root.clientWidth, (step) => this.show(step)));
  }

  /** What one message said. */
  show(step) {
    const { event } = step;
    this.detail.hidden = false;
    replace(this.detail, h('h4', {}, event.title), h('p', { class: 'dock-muted' }, [event.lane, clock(event.at), event.outcome && `${event.outcome}${event.ms === null ? '' : ` after ${event.ms} ms`}`, event.count > 1 && `${event.count} of them, the newest below`].filter(Boolean).join(' · ')),
      event.detail === null ? null : part(event.lane === 'person' ? 'Asked' : 'Sent', event.detail), event.answer === null ? null : part('Answer', event.answer));
    this.detail.scrollIntoView({ block: 'nearest' });
  }
}

const key = (one) => `${one.begin.at}`;
const messages = (count) => `${count} message${count === 1 ? '' : 's'}`;
const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB');
const who = (one) => (one.begin.lane === 'person' && one.begin.detail.by) || 'Person';

function title(one) {
  return one.begin.lane === 'person' ? `${who(one)}: ${one.begin.title}` : `By itself: ${one.begin.title}`;
}

function part(name, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return h('details', { open: true }, h('summary', {}, name), h('pre', { tabindex: '0', 'aria-label': name }, text));
}
