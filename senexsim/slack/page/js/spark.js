/** The way of a price as a small line. Decoration: the price stands beside it. */

const SPACE = 'http://www.w3.org/2000/svg';
const KEPT = 60;

export class Spark {
  constructor() {
    this.past = [];
    this.line = document.createElementNS(SPACE, 'polyline');
    this.root = document.createElementNS(SPACE, 'svg');
    for (const [name, value] of Object.entries({ viewBox: '0 0 60 20', class: 'spark', preserveAspectRatio: 'none', 'aria-hidden': 'true' })) this.root.setAttribute(name, value);
    this.root.append(this.line);
  }

  /** One more look at the price. */
  add(price) {
    this.past = [...this.past, price].slice(-KEPT);
    const [low, high] = [Math.min(...this.past), Math.max(...this.past)];
    const x = (at) => (at / Math.max(this.past.length - 1, 1)) * 60;
    const y = (one) => (high === low ? 10 : 18 - ((one - low) / (high - low)) * 16);
    this.line.setAttribute('points', this.past.map((one, at) => `${x(at).toFixed(1)},${y(one).toFixed(1)}`).join(' '));
  }
}
