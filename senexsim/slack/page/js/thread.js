/** The thread beside the conversation: parent, replies and a composer of its own. */

import { Composer } from './composer.js';
import * as directory from './directory.js';
import { h, hasPointer, iconButton } from './dom.js';
import { MessageList } from './message-list.js';
import { sendTyped } from './outgoing.js';
import { sources } from './sources.js';

export class ThreadPanel {
  constructor(desk) {
    const { session } = desk;
    Object.assign(this, { desk, session, shown: null });
    this.list = new MessageList('Thread', {
      session, log: () => session.log(), inThread: true, openThread: () => {}, problem: (ts, words) => this.list.problem(ts, words),
      dismiss: (ts) => { session.log().drop(ts); desk.redraw(); }, runShortcut: desk.runShortcut,
    });
    this.composer = new Composer({
      label: 'Reply', testid: 'thread-composer', send: (text) => this.send(text), sources: { ...sources(session), commands: () => [] }, shortcuts: null,
      draft: { read: () => session.drafts.get(this.key()) ?? '', write: (text) => session.drafts.set(this.key(), text) },
    });
    this.about = h('span', { class: 'room-about' });
    this.root = h('aside', { class: 'thread', hidden: true, 'aria-label': 'Thread', data: { testid: 'thread' } },
      h('header', { class: 'room-head' }, h('h2', { class: 'room-title' }, 'Thread'), this.about,
        iconButton('close', 'Close thread', () => this.close(), { data: { testid: 'thread-close' } })),
      this.list.root, this.composer.root);
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
  }

  key() {
    return this.session.draftKey(this.session.place.thread);
  }

  close() {
    const ts = this.session.place.thread;
    this.session.go({ thread: null });
    document.querySelector(`.room [data-testid="thread-open"][data-ts="${ts}"]`)?.focus();
  }

  draw() {
    const { session } = this;
    const ts = session.place.tab === 'home' ? null : session.place.thread;
    this.root.hidden = !ts;
    const key = ts && `${session.me} ${session.place.channel} ${ts}`;
    const moved = key !== this.shown;
    this.shown = key;
    if (moved) this.list.clear();
    if (!ts) return;
    if (moved) this.composer.refresh('Reply');
    this.about.textContent = session.roomTitle(directory.channel(session.place.channel));
    this.list.draw(session.log().thread(ts), null);
    if (moved && hasPointer()) this.composer.field.focus();
    else if (moved) this.list.scroller.focus({ preventScroll: true });
  }

  async send(text) {
    const { channel, thread } = this.session.place;
    const log = this.session.log();
    const failure = await sendTyped({ user: this.session.me, channel, threadTs: thread }, text);
    if (!failure) return;
    log.note(failure, thread);
    this.desk.redraw();
  }
}
