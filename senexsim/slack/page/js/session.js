/** Who is sitting at this window and where: the person, their place, drafts and what they have seen. No DOM here. */

import * as api from './api.js';
import * as directory from './directory.js';
import { Log } from './log.js';

const REMEMBERED = 'workspace-places';

export class Session extends EventTarget {
  constructor() {
    super();
    this.workspace = null;
    this.me = null;
    this.logs = new Map();
    this.drafts = new Map();
    this.sent = new Map();
    this.unread = new Map();
    this.places = new Map(Object.entries(JSON.parse(sessionStorage.getItem(REMEMBERED) ?? '{}')));
  }

  /** Load the workspace and sit down as the person in the address, the one before, or the first. */
  async start() {
    await this.reload();
    const [, user, channel] = window.location.hash.split('/');
    const wanted = directory.user(user) ?? directory.user(sessionStorage.getItem('workspace-me')) ?? this.people()[0];
    if (channel && this.canOpen(wanted.id, channel)) this.places.set(wanted.id, { channel, tab: 'messages', thread: null });
    this.sitDown(wanted.id);
  }

  async reload() {
    this.workspace = await api.workspace();
    directory.fillDirectory(this.workspace.users, this.workspace.channels);
  }

  canOpen(userId, channelId) {
    const room = directory.channel(channelId);
    const guest = directory.user(userId)?.is_restricted;
    return Boolean(room) && (room.members.includes(userId) || (!room.is_private && !room.is_im && !guest));
  }

  /** People one can be. */
  people() {
    return this.workspace.users.filter((user) => !user.is_bot && !user.deleted);
  }

  bot() {
    return directory.user(this.workspace.app.bot_user_id) ?? null;
  }

  isBot(id) {
    return Boolean(directory.user(id)?.is_bot);
  }

  sitDown(userId) {
    this.me = userId;
    this.unread.clear();
    if (!this.canOpen(userId, this.places.get(userId)?.channel)) this.places.set(userId, { channel: this.firstRoom()?.id ?? null, tab: 'messages', thread: null });
    this.#remember();
    this.dispatchEvent(new Event('person'));
  }

  get place() {
    return this.places.get(this.me);
  }

  /** Move: any of channel, tab ("messages" | "home") and thread (ts or null). */
  go(change) {
    this.places.set(this.me, { ...this.place, ...change });
    this.#remember();
    this.dispatchEvent(new Event('place'));
  }

  #remember() {
    sessionStorage.setItem(REMEMBERED, JSON.stringify(Object.fromEntries(this.places)));
    sessionStorage.setItem('workspace-me', this.me);
    const where = this.place.channel ?? '';
    history.replaceState(null, '', `#/${this.me}/${where}`);
  }

  /** What the person can open: their channels, public ones (not for guests), their own direct messages. */
  mine() {
    return directory.channels().filter((room) => this.canOpen(this.me, room.id));
  }

  rooms() {
    return this.mine().filter((room) => !room.is_im);
  }

  directs() {
    return this.mine().filter((room) => room.is_im);
  }

  /** The person's direct message with the app. */
  botRoom() {
    return this.directs().find((room) => room.members.includes(this.workspace.app.bot_user_id)) ?? null;
  }

  firstRoom() {
    return this.botRoom() ?? this.rooms()[0] ?? null;
  }

  /** The other side of a direct message. */
  counterpart(room) {
    return directory.user(room.members.find((id) => id !== this.me)) ?? null;
  }

  roomTitle(room) {
    if (!room) return '';
    if (!room.is_im) return room.name;
    const other = this.counterpart(room);
    return other ? directory.userName(other.id) : room.name;
  }

  log(channel = this.place.channel, user = this.me) {
    const key = `${user}|${channel}`;
    if (!this.logs.has(key)) this.logs.set(key, new Log());
    return this.logs.get(key);
  }

  /** Fetch what is new in a channel. Returns the ts of new messages. */
  async pull(channel) {
    const user = this.me;
    const log = this.log(channel, user);
    const answer = await api.messages({ channel, user, since_seq: log.seq, wait_ms: 0 });
    return log.merge(answer.messages, answer.seq);
  }

  draftKey(thread) {
    return `${this.me}|${this.place.channel}|${thread ?? ''}`;
  }

  /** Forget what was seen. */
  forget() {
    this.logs.clear();
    this.unread.clear();
  }
}
