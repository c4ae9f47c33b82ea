/** Keeping up with the workspace: one long poll per window, again and again, with back-off when it breaks. */

import * as api from './api.js';

const WAIT_MS = 25000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Follow one person's updates until `stop()`. `onUpdate(update)` is awaited before the next poll;
 * `onState("live" | "lost")` tells whether the workspace answers. After a break `onBack` is called, once the
 * workspace answers again, and following ends: what was known may no longer hold, so one starts over.
 */
export class Live {
  #abort = new AbortController();

  constructor(user, { onUpdate, onState, onBack }) {
    this.user = user;
    this.seq = 0;
    this.handlers = { onUpdate, onState, onBack };
  }

  stop() {
    this.#abort.abort();
  }

  get #stopped() {
    return this.#abort.signal.aborted;
  }

  async run() {
    let first = true;
    while (!this.#stopped) {
      try {
        await this.#once(first);
        first = false;
      } catch (error) {
        if (this.#stopped) return;
        if (!(error instanceof api.ControlError)) console.error(error);
        this.handlers.onState('lost');
        await this.#startOver();
        return;
      }
    }
  }

  async #startOver() {
    while (!this.#stopped) {
      try {
        await this.#untilBack();
        if (!this.#stopped) await this.handlers.onBack();
        return;
      } catch (error) {
        if (!this.#stopped && !(error instanceof api.ControlError)) throw error;
      }
    }
  }

  /** The first poll does not wait, so that what is there already is shown at once. */
  async #once(first) {
    const update = await api.updates({ user: this.user, since_seq: this.seq, wait_ms: first ? 0 : WAIT_MS }, this.#abort.signal);
    if (this.#stopped) return;
    if (update.seq < this.seq) throw new api.ControlError('The workspace began anew.', 0);
    this.seq = update.seq;
    this.handlers.onState('live');
    await this.handlers.onUpdate(first ? { ...update, changed: null, views_changed: true, home_changed: true } : update);
  }

  /** Ask until there is an answer, with growing pauses that no two windows share. */
  async #untilBack() {
    for (let pause = FIRST_PAUSE_MS; !this.#stopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await this.#sleep(pause * (0.75 + Math.random() / 2));
      try {
        await api.updates({ user: this.user, since_seq: 0, wait_ms: 0 }, this.#abort.signal);
        return;
      } catch (error) {
        if (!(error instanceof api.ControlError)) throw error;
      }
    }
  }

  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#abort.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}
