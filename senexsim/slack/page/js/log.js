/** What one person sees in one channel: the messages by ts, in order, with their threads. No DOM here. */

import { SLACKBOT } from './directory.js';
import { Form } from './form.js';

export class Log {
  constructor() {
    this.seq = 0;
    this.loaded = false;
    this.byTs = new Map();
    this.forms = new Map();
    this.notes = 0;
  }

  /** Merge an answer of `GET /_sim/messages`. Returns the ts of messages that are new here. */
  merge(messages, seq = 0) {
    const fresh = [];
    for (const message of messages) {
      const old = this.byTs.get(message.ts);
      if (old && old.seq >= message.seq) continue;
      if (!old && !message.deleted) fresh.push(message.ts);
      this.byTs.set(message.ts, message);
      this.seq = Math.max(this.seq, message.seq);
    }
    this.seq = Math.max(this.seq, seq);
    this.loaded = true;
    return fresh;
  }

  /** A line only this window shows: an error the person would see, under the name of Slackbot. */
  note(text, threadTs = null) {
    const last = Math.max(Date.now() / 1000, ...[...this.byTs.keys()].map(Number));
    this.notes += 1;
    const ts = `${(last + 0.001).toFixed(6)}`;
    this.byTs.set(ts, { seq: 0, ts, thread_ts: threadTs, user: SLACKBOT, ephemeral: true, text, blocks: null, local: true });
    return ts;
  }

  drop(ts) {
    this.byTs.delete(ts);
    this.forms.delete(ts);
  }

  /** The values of a message's stateful elements, kept over redraws. */
  form(ts) {
    if (!this.forms.has(ts)) this.forms.set(ts, new Form());
    return this.forms.get(ts);
  }

  #sorted(keep) {
    return [...this.byTs.values()].filter((message) => !message.deleted && keep(message)).sort((a, b) => Number(a.ts) - Number(b.ts));
  }

  /** Messages of the channel itself: parents, and replies that were also sent to it. */
  main() {
    return this.#sorted((message) => !isReply(message) || message.broadcast);
  }

  /** The parent (if it is seen) and the replies of a thread. */
  thread(ts) {
    return this.#sorted((message) => message.ts === ts || (isReply(message) && message.thread_ts === ts));
  }

  /** {parent ts: [replies]} for the summary lines under parents. */
  replies() {
    const found = new Map();
    for (const message of this.#sorted(isReply)) {
      if (!found.has(message.thread_ts)) found.set(message.thread_ts, []);
      found.get(message.thread_ts).push(message);
    }
    return found;
  }
}

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** Was the message changed after it was posted? */
export const isEdited = (message) => Boolean(message.edited);
