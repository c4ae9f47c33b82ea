/** Asking again and again while something is looked at. */

import * as api from './api.js';

export class Poll {
  /** `ask()` is awaited, then a pause of `ms`; `lost(error)` is told of a control that did not answer. */
  constructor(ask, ms, lost = () => {}) {
    Object.assign(this, { ask, ms, lost, run: 0 });
  }

  start() {
    this.run += 1;
    this.#round(this.run);
  }

  stop() {
    this.run += 1;
    clearTimeout(this.timer);
  }

  /** At once, and then as before. */
  now() {
    clearTimeout(this.timer);
    this.start();
  }

  async #round(run) {
    try {
      await this.ask();
    } catch (error) {
      if (!(error instanceof api.ControlError)) throw error;
      this.lost(error);
    }
    if (run === this.run) this.timer = setTimeout(() => this.#round(run), this.ms);
  }
}
