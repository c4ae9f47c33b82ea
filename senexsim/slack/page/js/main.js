/** Start of the page: puts the parts together and keeps them current. */

import * as api from './api.js';
import * as directory from './directory.js';
import { Dock } from './dock.js';
import { h, hasPointer } from './dom.js';
import { clickFailure } from './failures.js';
import { openGrants } from './grants.js';
import { Live } from './live.js';
import { Market } from './market.js';
import { Modals } from './modal.js';
import { Room } from './room.js';
import { Session } from './session.js';
import { Sidebar } from './sidebar.js';
import { ThreadPanel } from './thread.js';
import { toast } from './toast.js';
import { Tour } from './tour.js';
import { Wire } from './wire.js';

const TOOL_KEYS = { KeyG: 'tour', KeyM: 'market', KeyW: 'wire' };

class Desk {
  constructor() {
    this.session = new Session();
    this.sidebar = new Sidebar(this.session, {
      open: (channel) => this.open(channel), grants: () => openGrants(this.session), tool: (key) => this.tool(key), atTool: () => this.dock?.at ?? null,
    });
    this.room = new Room(this.parts());
    this.thread = new ThreadPanel(this.parts());
    this.modals = new Modals(this.session);
    this.lost = h('div', { class: 'lost', role: 'status', hidden: true, data: { testid: 'connection' } }, 'The workspace does not answer. Trying again …');
    this.shade = h('div', { class: 'shade', on: { click: () => this.showSidebar(false) } });
    this.app = document.getElementById('app');
    this.app.append(this.lost, this.sidebar.root, this.shade, this.room.root, this.thread.root);
    this.dock = null;
    this.listen();
  }

  parts() {
    return { session: this.session, showSidebar: () => this.showSidebar(), redraw: () => this.redraw(), runShortcut: (one, message) => this.runShortcut(one, message),
      openGrants: () => openGrants(this.session), learn: (text) => this.learn(text) };
  }

  listen() {
    this.session.addEventListener('person', () => this.arrivePerson());
    this.session.addEventListener('place', () => this.arrivePlace());
    document.addEventListener('click', (event) => this.followLink(event));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) this.showSidebar(false);
      this.toolKey(event);
    });
  }

  async start() {
    let pause = 250;
    for (;;) {
      try {
        await this.session.start();
        break;
      } catch (error) {
        if (!(error instanceof api.ControlError)) throw error;
        this.lost.hidden = false;
        await new Promise((resolve) => { setTimeout(resolve, pause); });
        pause = Math.min(pause * 2, 5000);
      }
    }
    this.app.removeAttribute('aria-busy');
    this.layOut();
    this.app.inert = false; // before it is known who sits here, nothing can be typed or pressed
    this.focusComposer();
  }

  /** The tools that this workspace has. */
  layOut() {
    const { workspace } = this.session;
    this.dock = new Dock([
      workspace.tour && { key: 'tour', title: 'Tour', panel: new Tour(this.session, { visit: (user) => this.visit(user) }) },
      workspace.has_broker && { key: 'market', title: 'Market', panel: new Market() },
      { key: 'wire', title: 'Wire', panel: new Wire(this.session) },
    ].filter(Boolean), () => this.sidebar.draw());
    this.app.append(this.dock.root);
    this.dock.restore();
  }

  /** Alt and a letter, wherever one types. */
  toolKey(event) {
    const key = event.altKey && !event.ctrlKey && !event.metaKey ? TOOL_KEYS[event.code] : null;
    if (!key || this.app.inert || !this.dock?.tabs.some((tab) => tab.key === key)) return;
    event.preventDefault();
    this.tool(key);
  }

  tool(key) {
    this.showSidebar(false);
    this.dock.toggle(key);
  }

  /** Sit down as somebody, at their messages with the app. */
  visit(user) {
    if (user && user !== this.session.me) this.session.sitDown(user);
    const room = this.session.botRoom();
    if (room && room.id !== this.session.place.channel) this.session.go({ channel: room.id, tab: 'messages', thread: null });
  }

  /** Where there is no screen keyboard to pop up, one can type at once. */
  focusComposer() {
    if (hasPointer()) this.room.composer.field.focus({ preventScroll: true });
  }

  /** Somebody sat down: their unread counts, their place, their modals. */
  arrivePerson() {
    this.live?.stop();
    if (this.person !== this.session.me) this.modals.reset();
    this.person = this.session.me;
    this.showSidebar(false);
    this.arrivePlace();
    this.live = new Live(this.session.me, {
      onUpdate: (update) => this.update(update), onState: (state) => { this.lost.hidden = state === 'live'; }, onBack: () => this.startOver(),
    });
    this.live.run();
  }

  arrivePlace() {
    const { session } = this;
    const here = `${session.me} ${session.place.channel}`;
    if (here === this.here) this.room.draw();
    else this.room.arrive();
    this.here = here;
    this.thread.draw();
    this.sidebar.draw();
    this.guarded(() => this.pull());
    if (session.place.tab === 'home') this.guarded(() => this.room.home.open());
  }

  async pull() {
    const { channel } = this.session.place;
    if (!channel) return;
    await this.session.pull(channel);
    this.session.unread.set(channel, 0);
    this.redraw();
  }

  async update(update) {
    const { session } = this;
    const here = session.place.channel;
    if (update.views_changed) await this.modals.refresh();
    if (!update.changed || update.changed.includes(here)) await session.pull(here);
    if (update.home_changed && session.place.tab === 'home') await this.room.home.refresh();
    const unknown = Object.keys(update.channels).some((id) => !directory.channel(id));
    if (unknown) await session.reload();
    session.unread = new Map(Object.entries(update.channels).filter(([id]) => id !== session.place.channel));
    this.redraw();
  }

  /** The workspace was away, and may be a new one at the same address: what was seen is fetched anew. */
  async startOver() {
    this.session.forget();
    await this.session.reload();
    this.here = null;
    this.session.sitDown(directory.user(this.session.me) ? this.session.me : this.session.people()[0].id);
  }

  /** Without a manifest the workspace learns its commands from what people type. */
  async learn(text) {
    const command = /^\/\S+/.exec(text)?.[0];
    if (!command || this.session.workspace.commands.some((one) => one.command === command)) return;
    await this.guarded(() => this.session.reload());
  }

  redraw() {
    const { session } = this;
    const unread = [...session.unread.values()].reduce((sum, count) => sum + count, 0);
    document.title = `${unread ? `(${unread}) ` : ''}${session.roomTitle(directory.channel(session.place.channel))} · ${session.workspace.team.name}`;
    this.room.draw();
    this.thread.draw();
    this.sidebar.draw();
  }

  open(channel) {
    this.showSidebar(false);
    if (channel !== this.session.place.channel) this.session.go({ channel, tab: 'messages', thread: null });
    this.focusComposer();
  }

  /** On a phone the sidebar lies over the conversation. */
  showSidebar(show = true) {
    if (this.app.classList.contains('side-open') === show) return;
    this.app.classList.toggle('side-open', show);
    if (show) this.sidebar.root.querySelector('.is-here, button')?.focus({ preventScroll: true });
  }

  async runShortcut(shortcut, message = null) {
    const { me, place } = this.session;
    const body = { user: me, callback_id: shortcut.callback_id };
    await this.guarded(async () => {
      const answer = await api.shortcut(message ? { ...body, channel: place.channel, ts: message.ts } : body);
      if (answer.error) toast(clickFailure(answer.error), 'error');
    });
  }

  /** Channel mentions and permalinks of this workspace lead there without leaving the page. */
  followLink(event) {
    const anchor = event.target.closest?.('a');
    if (!anchor) return;
    const archive = /\/archives\/([A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?/.exec(anchor.getAttribute('href') ?? '');
    const channel = anchor.dataset.channelLink ?? archive?.[1];
    if (!channel || !directory.channel(channel)) return;
    event.preventDefault();
    if (!this.session.canOpen(this.session.me, channel)) {
      toast('You cannot see that conversation.', 'error');
      return;
    }
    this.open(channel);
    if (archive?.[2]) this.show(`${archive[2]}.${archive[3]}`);
  }

  /** Bring a message into view and mark it for a moment. */
  async show(ts) {
    await this.guarded(() => this.pull());
    const message = this.session.log().byTs.get(ts);
    if (message?.thread_ts && message.thread_ts !== ts) this.session.go({ thread: message.thread_ts });
    const node = document.querySelector(`[data-testid="message"][data-ts="${CSS.escape(ts)}"]`);
    if (!node) return;
    node.scrollIntoView({ block: 'center' });
    node.classList.add('is-target');
    setTimeout(() => node.classList.remove('is-target'), 2500);
  }

  async guarded(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof api.ControlError)) throw error;
      if (error.status) toast(error.message, 'error');
      else this.lost.hidden = false;
    }
  }
}

new Desk().start();
