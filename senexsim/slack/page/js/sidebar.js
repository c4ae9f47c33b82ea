/** The list of channels, direct messages and the app, the person picker, the practice grants and the tools. */

import { avatar } from './avatar.js';
import * as directory from './directory.js';
import { append, h, icon, replace } from './dom.js';
import { openMenu } from './menu.js';

export class Sidebar {
  /** `open(channel)` goes there; `grants()` shows the practice grants; `tool(key)` opens or closes one, `atTool()` is the open one. */
  constructor(session, { open, grants, tool, atTool }) {
    Object.assign(this, { session, open, grants, tool, atTool });
    this.root = h('nav', { class: 'sidebar', 'aria-label': 'Workspace', id: 'sidebar', data: { testid: 'sidebar' } });
  }

  draw() {
    const { session } = this;
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.focusKey : null;
    replace(this.root,
      h('div', { class: 'side-head' }, h('span', { class: 'side-mark', 'aria-hidden': 'true' }, directory.initials(session.workspace.team.name).slice(0, 1)),
        h('span', { class: 'side-team' }, session.workspace.team.name)),
      h('div', { class: 'side-rooms' },
        this.group('Apps', session.directs().filter((room) => session.isBot(session.counterpart(room)?.id))),
        this.group('Channels', session.rooms()),
        this.group('Direct messages', session.directs().filter((room) => !session.isBot(session.counterpart(room)?.id)))),
      h('div', { class: 'side-foot' }, this.grantsButton(), this.tools(), this.personButton()));
    if (focused) this.root.querySelector(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  group(title, rooms) {
    if (!rooms.length) return null;
    return h('section', { class: 'side-group', 'aria-label': title }, h('h2', { class: 'side-title' }, title),
      h('ul', { class: 'side-list' }, rooms.map((room) => h('li', {}, this.entry(room)))));
  }

  entry(room) {
    const { session } = this;
    const unread = session.unread.get(room.id) ?? 0;
    const here = session.place.channel === room.id;
    const title = session.roomTitle(room);
    const button = h('button', {
      type: 'button', class: `side-room${here ? ' is-here' : ''}${unread && !here ? ' is-unread' : ''}`, 'aria-current': here ? 'page' : null,
      data: { testid: 'channel', channel: room.id, focusKey: room.id }, on: { click: () => this.open(room.id) },
    }, this.lead(room), h('span', { class: 'side-name' }, title), room.is_ext_shared ? h('span', { class: 'side-flag' }, 'shared') : null);
    if (unread && !here) append(button, [h('span', { class: 'badge', data: { testid: 'unread' } }, String(Math.min(unread, 99)), h('span', { class: 'visually-hidden' }, ' unread'))]);
    return button;
  }

  lead(room) {
    const { session } = this;
    if (room.is_im) return avatar(session.counterpart(room)?.id ?? '', 's');
    return h('span', { class: 'side-icon' }, icon(room.is_private ? 'lock' : 'hash'));
  }

  grantsButton() {
    if (!this.session.workspace.grants?.length) return null;
    return h('button', { type: 'button', class: 'side-room side-grants', data: { testid: 'grants-open', focusKey: 'grants' }, on: { click: () => this.grants() } },
      h('span', { class: 'side-icon' }, icon('key')), h('span', { class: 'side-name' }, 'Practice grants'));
  }

  /** What stands beside the conversation, and a second window for another person. */
  tools() {
    const { workspace } = this.session;
    const tools = [workspace.tour && ['tour', 'flag', 'Tour', 'G'], workspace.has_broker && ['market', 'chart', 'Market', 'M'], ['wire', 'wire', 'Wire', 'W']].filter(Boolean);
    return h('div', { class: 'side-tools', role: 'group', 'aria-label': 'Tools' }, tools.map(([key, shape, title, letter]) => h('button', {
      type: 'button', class: 'side-tool', 'aria-pressed': String(this.atTool() === key), 'aria-keyshortcuts': `Alt+${letter}`, title: `Alt+${letter}`, data: { testid: 'tool', dock: key, focusKey: `tool-${key}` }, on: { click: () => this.tool(key) },
    }, icon(shape), title)), window.top === window ? h('a', { class: 'side-tool', href: '/split', target: '_blank', rel: 'noopener', data: { testid: 'split-open' } }, icon('split'), 'Two windows') : null);
  }

  personButton() {
    const { session } = this;
    const button = h('button', {
      type: 'button', class: 'person', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `You are ${directory.userName(session.me)}. Change person`,
      data: { testid: 'person', focusKey: 'person' }, on: { click: () => personMenu(session, button) },
    }, avatar(session.me, 'm'), h('span', { class: 'person-words' }, h('span', { class: 'person-hint' }, 'You are'), h('span', { class: 'person-name' }, directory.userName(session.me))), icon('down'));
    return button;
  }
}

/** Choose who one is. Each person keeps their place and drafts. */
export function personMenu(session, anchor) {
  openMenu(anchor, 'Be somebody else', session.people().map((person) => ({
    label: directory.userName(person.id), detail: person.is_restricted ? 'Guest' : `@${person.name}`, lead: avatar(person.id, 's'),
    checked: person.id === session.me, data: { testid: 'person-choice', user: person.id, name: person.name }, run: () => session.sitDown(person.id),
  })), { prefer: 'above', testid: 'person-menu' });
}
