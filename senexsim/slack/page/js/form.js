/** The current plain values of a surface's stateful elements, kept apart from the DOM so that they survive a redraw. */

const key = (blockId, actionId) => JSON.stringify([blockId, actionId]);

export class Form {
  #values = new Map();
  #seen = new Set();
  #untold = new Set();

  /** Start a redraw: elements that do not come back are dropped by `endDraw`. */
  beginDraw() {
    this.#seen.clear();
  }

  /** The value to show for an element: what was entered before, else its initial value. Marks it as drawn. */
  open(blockId, actionId, initial) {
    const id = key(blockId, actionId);
    this.#seen.add(id);
    if (!this.#values.has(id)) this.#values.set(id, initial);
    return this.#values.get(id);
  }

  endDraw() {
    for (const id of this.#values.keys()) if (!this.#seen.has(id)) this.#values.delete(id);
  }

  set(blockId, actionId, value) {
    this.#values.set(key(blockId, actionId), value);
    this.#untold.delete(key(blockId, actionId));
  }

  /** A value the workspace does not know of yet: nothing was sent when it changed. */
  enter(blockId, actionId, value) {
    this.set(blockId, actionId, value);
    this.#untold.add(key(blockId, actionId));
  }

  /** [[block_id, action_id, value]] of the entries not told so far; they count as told now. */
  takeUntold() {
    const found = [...this.#untold].filter((id) => this.#values.has(id)).map((id) => [...JSON.parse(id), this.#values.get(id)]);
    this.#untold.clear();
    return found;
  }

  get(blockId, actionId) {
    return this.#values.get(key(blockId, actionId));
  }

  /** `{block_id: {action_id: plain value}}`; what is not filled in is null. */
  state() {
    const state = {};
    for (const [id, value] of this.#values) {
      const [blockId, actionId] = JSON.parse(id);
      (state[blockId] ??= {})[actionId] = value === '' || value === undefined ? null : value;
    }
    return state;
  }
}
