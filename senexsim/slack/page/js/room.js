/** The conversation one looks at: its head, tabs, messages and composer. */

import { avatar } from './avatar.js';
import { Composer } from './composer.js';
import * as directory from './directory.js';
import { h, icon, replace } from './dom.js';
import { Home } from './home.js';
import { sources } from './sources.js';
import { MessageList } from './message-list.js';
import { sendTyped } from './outgoing.js';
import { personMenu } from './sidebar.js';

const TILES = 4;

export class Room {
  /** `desk`: {session, showSidebar(), runShortcut(shortcut, message?), redraw()}. */
  constructor(desk) {
    const { session } = desk;
    Object.assign(this, { desk, session });
    this.head = h('header', { class: 'room-head', data: { testid: 'room-head' } });
    this.tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Views of this app' });
    this.list = new MessageList('Messages', {
      session, log: () => session.log(), openThread: (ts) => session.go({ thread: ts }), problem: (ts, words) => this.list.problem(ts, words),
      dismiss: (ts) => { session.log().drop(ts); desk.redraw(); }, runShortcut: desk.runShortcut,
    });
    this.home = new Home(session);
    this.composer = new Composer({
      label: 'Message', testid: 'composer', send: (text) => this.send(text), sources: sources(session), shortcuts: () => this.shortcuts(),
      draft: { read: () => session.drafts.get(session.draftKey(null)) ?? '', write: (text) => session.drafts.set(session.draftKey(null), text) },
    });
    this.root = h('main', { class: 'room', data: { testid: 'room' } }, this.head, this.tabs, this.list.root, this.home.root, this.composer.root);
  }

  get channel() {
    return directory.channel(this.session.place.channel);
  }

  /** Another person or channel: everything is drawn anew. */
  arrive() {
    this.list.clear();
    const room = this.channel;
    const title = this.session.roomTitle(room);
    this.composer.refresh(room?.is_im ? `Message ${title}` : `Message #${title}`);
    this.draw();
  }

  draw() {
    const { session, channel } = this;
    if (!channel) return;
    const onHome = this.hasHome() && session.place.tab === 'home';
    this.drawHead(channel);
    this.drawTabs(onHome);
    this.home.root.hidden = !onHome;
    this.list.root.hidden = this.composer.root.hidden = onHome;
    const log = session.log();
    replace(this.list.intro, this.intro(channel));
    this.list.scroller.setAttribute('aria-busy', String(!log.loaded));
    if (!onHome) this.list.draw(log.main(), log.replies());
  }

  hasHome() {
    return Boolean(this.channel) && this.channel.id === this.session.botRoom()?.id && this.session.workspace.app.home_enabled !== false;
  }

  drawHead(room) {
    const { session } = this;
    const others = [...session.unread].filter(([id]) => id !== room.id).reduce((sum, [, count]) => sum + count, 0);
    const menu = h('button', { type: 'button', class: 'icon-button room-menu', 'aria-label': others ? `All conversations, ${others} unread` : 'All conversations', data: { testid: 'sidebar-open' }, on: { click: () => this.desk.showSidebar() } },
      icon('back'), others ? h('span', { class: 'badge' }, String(Math.min(others, 99))) : null);
    const me = h('button', { type: 'button', class: 'icon-button room-me', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `You are ${directory.userName(session.me)}. Change person`, data: { testid: 'person-small' }, on: { click: () => personMenu(session, me) } }, avatar(session.me, 'm'));
    replace(this.head, menu, h('span', { class: 'room-lead' }, room.is_im ? avatar(session.counterpart(room)?.id ?? '', 's') : icon(room.is_private ? 'lock' : 'hash')),
      h('h1', { class: 'room-title', data: { testid: 'room-title' } }, session.roomTitle(room)), this.about(room), me);
  }

  about(room) {
    if (room.is_im) return withBot(this.session, room) ? h('span', { class: 'app-badge' }, 'APP') : null;
    const words = [`${room.members.length} ${room.members.length === 1 ? 'member' : 'members'}`];
    if (room.is_ext_shared) words.push('shared with another organisation');
    if (room.is_archived) words.push('archived');
    return h('span', { class: 'room-about' }, words.join(' · '));
  }

  drawTabs(onHome) {
    this.tabs.hidden = !this.hasHome();
    const tab = (name, key, chosen) => h('button', { type: 'button', class: 'tab', role: 'tab', 'aria-selected': String(chosen), data: { testid: `tab-${key}` }, on: { click: () => this.session.go({ tab: key }) } }, name);
    const focus = this.tabs.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    replace(this.tabs, tab('Home', 'home', onHome), tab('Messages', 'messages', !onHome));
    if (focus) this.tabs.querySelector(`[data-testid="${focus}"]`)?.focus();
  }

  /** What stands over the first message: where one is, and how to begin. */
  intro(room) {
    const title = this.session.roomTitle(room);
    if (!withBot(this.session, room)) {
      return h('div', { class: 'intro' }, h('h2', {}, room.is_im ? title : `#${title}`),
        h('p', {}, room.is_im ? `This is the beginning of your messages with ${title}.` : `This is the very beginning of the ${room.is_private ? 'private ' : ''}channel ${title}.`));
    }
    return h('div', { class: 'intro' }, avatar(this.session.workspace.app.bot_user_id, 'l'), h('h2', {}, title),
      h('p', {}, `Only you and ${title} see this conversation. Type a message, or “/” for its commands.`), this.suggestions());
  }

  suggestions() {
    const grants = this.grantSuggestion();
    const commands = (this.session.workspace.commands ?? []).slice(0, grants ? TILES - 1 : TILES);
    if (!commands.length || this.session.log().main().length) return null;
    return h('div', { class: 'suggestions' }, commands.map((one) => h('button', {
      type: 'button', class: 'suggestion', data: { testid: 'suggestion', command: one.command }, on: { click: () => this.composer.set(`${one.command} `) },
    }, h('strong', {}, one.command), h('span', {}, one.description))), grants);
  }

  grantSuggestion() {
    if (!this.session.workspace.grants?.length) return null;
    return h('button', { type: 'button', class: 'suggestion', data: { testid: 'suggestion-grants' }, on: { click: () => this.desk.openGrants() } },
      h('strong', {}, 'Practice grants'), h('span', {}, 'What to paste when the app asks to link an account'));
  }

  shortcuts() {
    return (this.session.workspace.shortcuts ?? []).filter((one) => one.type === 'global')
      .map((one) => ({ label: one.name, detail: one.description, data: { callbackId: one.callback_id }, run: () => this.desk.runShortcut(one) }));
  }

  async send(text) {
    const place = { user: this.session.me, channel: this.session.place.channel };
    const log = this.session.log();
    this.list.toEnd();
    const failure = await sendTyped(place, text);
    await this.desk.learn(text);
    if (!failure) return;
    log.note(failure);
    this.desk.redraw();
    this.list.toEnd();
  }
}

const withBot = (session, room) => room.is_im && session.isBot(session.counterpart(room)?.id);
