/** Keeping up with the workspace: one long poll per window, again and again, with back-off when it breaks. */

import * as api from './api.js';

const WAIT_MS = 25000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Follow one person's updates until `stop()`. `onUpdate(update)` is awaited before the next poll;
 * `onState("live" | "lost")` tells whether the workspace answers.
 */
export class Live {
  #abort = new AbortController();

  constructor(user, { onUpdate, onState, onRestart }) {
    this.user = user;
    this.seq = 0;
    this.handlers = { onUpdate, onState, onRestart };
  }

  stop() {
    this.#abort.abort();
  }

  get #stopped() {
    return this.#abort.signal.aborted;
  }

  async run() {
    let pause = FIRST_PAUSE_MS;
    let first = true;
    while (!this.#stopped) {
      try {
        await this.#once(first);
        first = false;
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (this.#stopped) return;
        if (!(error instanceof api.ControlError)) console.error(error);
        this.handlers.onState('lost');
        await this.#sleep(pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        first = true;
      }
    }
  }

  /** The first poll after a break does not wait, so that what happened meanwhile is shown at once. */
  async #once(first) {
    const update = await api.updates({ user: this.user, since_seq: first ? 0 : this.seq, wait_ms: first ? 0 : WAIT_MS }, this.#abort.signal);
    if (this.#stopped) return;
    if (update.seq < this.seq) {
      this.handlers.onRestart();
      return;
    }
    this.seq = update.seq;
    this.handlers.onState('live');
    await this.handlers.onUpdate(first ? { ...update, views_changed: true, home_changed: true } : update);
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
